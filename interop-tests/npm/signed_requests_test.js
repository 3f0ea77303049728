import assert from 'node:assert/strict';
import {createHash, createPublicKey} from 'node:crypto';
import {once} from 'node:events';
import http from 'node:http';
import {after, before, describe, test} from 'node:test';

import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import {createVerifier, httpbis} from 'http-message-signatures';

import {eventually, Folder, Node, ownAddress, succeed} from './harness/avow.js';

/// A peer that knows nobody: what is not signed is refused, what is signed is kept, and answered with nothing.
class StrictPeer {
  signed = [];
  async start() {
    this.server = http.createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => this.answer(request, Buffer.concat(chunks), response));
    }).listen(0, ownAddress);
    await once(this.server, 'listening');
    this.peerListen = `${ownAddress}:${this.server.address().port}`;
  }
  answer({method, url, headers}, body, response) {
    if (headers.signature) this.signed.push({method, url: `http://${this.peerListen}${url}`, headers, body});
    const answer = headers.signature ? {cursor: 0, ids: [], more: false, root: '', node: 'x'} : {code: 'peer_unknown', status: 403};
    response.writeHead(headers.signature ? 200 : 403, {'content-type': 'application/json'}).end(JSON.stringify(answer));
  }
  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

describe('requests that a node signs, verified by http-message-signatures', {timeout: 600_000}, () => {
  const folder = new Folder();
  const peer = new StrictPeer();
  let node;
  let key;

  before(async () => {
    await peer.start();
    node = await Node.make(folder, 'acme');
    const other = await Node.make(folder, 'globex');
    const charter = folder.file('charter.json');
    await succeed('charter', 'found', '--out', charter, '--founder', `${node.data}/did.jsonl`, '--founder', `${other.data}/did.jsonl`);
    for (const member of [node, other]) {
      await member.command('charter', 'found', '--sign', charter, '--passphrase-file', member.passphrase);
    }
    await node.start({charter, peers: [peer]});
    const [method] = (await node.resolve(node.did)).didDocument.verificationMethod;
    const {publicKey} = await Ed25519Multikey.from(method).then((one) => one.export({publicKey: true, raw: true}));
    const x = Buffer.from(publicKey).toString('base64url');
    key = {id: method.publicKeyMultibase, algs: ['ed25519'],
      verify: createVerifier(createPublicKey({key: {kty: 'OKP', crv: 'Ed25519', x}, format: 'jwk'}), 'ed25519')};
    await eventually('two requests are signed', () => peer.signed.length >= 2);
  });
  after(async () => {
    await node?.stop();
    peer.stop();
    folder.remove();
  });

  const verify = (request) => httpbis.verifyMessage({
    all: true,
    requiredParams: ['created', 'nonce', 'keyid', 'alg', 'tag'],
    requiredFields: ['@method', '@target-uri', 'content-digest'],
    keyLookup: async ({keyid}) => keyid === key.id ? key : null,
  }, request);
  const isRefused = (request) => verify(request).then((good) => good !== true, () => true);

  test('each verifies, with a digest of its body and a nonce of its own', async () => {
    for (const request of peer.signed) {
      assert.equal(await verify(request), true);
      assert.equal(request.headers['content-digest'], `sha-256=:${createHash('sha256').update(request.body).digest('base64')}:`);
      assert.match(request.headers['signature-input'], /;tag="avow-peer"$/);
    }
    const nonces = peer.signed.map(({headers}) => headers['signature-input'].match(/;nonce="([^"]+)"/)[1]);
    assert.equal(new Set(nonces).size, nonces.length);
  });

  test('none verifies as another request', async () => {
    const [request] = peer.signed;
    assert.ok(await isRefused({...request, method: 'PUT'}));
    assert.ok(await isRefused({...request, url: `${request.url}&x=y`}));
    const headers = {...request.headers, 'content-digest': 'sha-256=:AAAA:'};
    assert.ok(await isRefused({...request, headers}));
  });
});
