// A web server of somebody else's at https://localhost:PORT, with a certificate of the run's authority; or, as `stranger`,
// with one that nobody trusts.
import {once} from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';

export class TlsServer {
  /// What is served, by path; a function is asked on every request, a Buffer is sent as it is.
  documents = new Map();
  /// Where everything is forwarded instead, e.g. the public listener of a node.
  forwardTo;
  /// The paths that were asked for, in order.
  asked = [];

  static async start({certificate = 'server'} = {}) {
    const at = (name) => fs.readFileSync(path.join(process.env.AVOW_TLS_FOLDER, name));
    const self = new TlsServer();
    self.server = https.createServer({cert: at(`${certificate}.pem`), key: at(`${certificate}.key`)},
      (request, response) => self.answer(request, response));
    await once(self.server.listen(0, '127.0.0.1'), 'listening');
    self.host = `localhost:${self.server.address().port}`;
    self.url = `https://${self.host}`;
    /// did:web:localhost%3APORT
    self.did = `did:web:${encodeURIComponent(self.host)}`;
    return self;
  }

  answer(request, response) {
    this.asked.push(request.url);
    if (this.forwardTo) {
      const {host: _, ...headers} = request.headers;
      request.pipe(http.request(this.forwardTo + request.url, {method: request.method, headers}, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      }));
      return;
    }
    const document = this.documents.get(request.url);
    if (document === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {'content-type': 'application/json'});
    response.end(Buffer.isBuffer(document) ? document : JSON.stringify(typeof document === 'function' ? document() : document));
  }

  async stop() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
