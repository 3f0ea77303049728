import {after, before} from 'node:test';

import {Folder, Node} from './avow.js';
import {makeIssuer} from './issuer.js';
import {Random} from './random.js';
import {TlsServer} from './tls_server.js';

/// For one `describe`: a node of ours that verifies while its tests run, and strangers to be verified, drawn from the
/// seed of that name. `web`: also a TLS server that publishes for them. `node` and `web` are there once the tests run.
export function verifierFor(name, {web = false} = {}) {
  const random = new Random(name);
  const folder = new Folder();
  const here = {random, folder, issuerOf: (kind, didOf) => makeIssuer(kind, (count) => random.bytes(count), didOf)};
  before(async () => {
    if (web) here.web = await TlsServer.start();
    here.node = await Node.make(folder, 'verifier');
    await here.node.start();
  });
  after(async () => {
    await here.web?.stop();
    await here.node?.stop();
    folder.remove();
  });
  return here;
}
