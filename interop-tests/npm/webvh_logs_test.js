import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {Folder, Node} from './harness/avow.js';
import {Random} from './harness/random.js';
import {TlsServer} from './harness/tls_server.js';
import {Key, OurLogs, TheirLog, theyRead} from './harness/webvh.js';

const logsOfEach = 5;

describe('did:webvh logs, exchanged with didwebvh-ts', {timeout: 1_800_000}, () => {
  const random = new Random('webvh logs');
  const ours = new OurLogs();
  after(() => ours.end());

  const witnesses = () => [new Key(random), new Key(random), new Key(random)];
  const scenarios = {
    create: () => TheirLog.create(random, 'acme.example'),
    rotate: async () => {
      const log = await TheirLog.create(random, 'acme.example%3A8443');
      await log.rotate();
      await log.rotate();
      return log;
    },
    witness: async () => {
      const log = await TheirLog.create(random, 'acme.example', {witnesses: witnesses(), threshold: 2});
      await log.rotate();
      return log;
    },
    move: async () => {
      const log = await TheirLog.create(random, 'acme.example');
      await log.rotate({address: `https://moved.example/${random.word()}`});
      await log.rotate();
      return log;
    },
    deactivate: async () => {
      const log = await TheirLog.create(random, 'acme.example');
      await log.rotate();
      await log.deactivate();
      return log;
    },
  };

  for (const [name, make] of Object.entries(scenarios)) {
    test(`what they ${name}, we read as they do`, async (t) => {
      for (let i = 0; i < logsOfEach; ++i) {
        const log = await make();
        const read = await ours.read(log.did, log.jsonl, log.proofs);
        assert.equal(read.error, undefined, `${read.detail}\n${log.jsonl}`);
        const their = await theyRead(random, log.jsonl, log.proofs);
        assert.equal(read.document.id, log.did);
        assert.equal(read.metadata.versionId, log.entries.at(-1).versionId);
        assert.equal(read.metadata.versionId, their.meta.versionId);
        assert.equal(read.deactivated, name === 'deactivate');
        assert.deepEqual(read.document.verificationMethod, log.entries.at(-1).state.verificationMethod);
        const first = await ours.read(log.did, log.jsonl, log.proofs, {versionNumber: 1});
        assert.equal(first.metadata.versionId, log.entries[0].versionId);
      }
      t.diagnostic(`logs of didwebvh-ts read (${name}): ${logsOfEach}`);
    });
  }

  test('what they move, we find under its old name and its new one, and under no other', async () => {
    const log = await scenarios.move();
    const old = log.entries[0].state.id;
    assert.notEqual(log.did, old);
    assert.match(log.did, /:moved\.example:[a-z]+$/);
    for (const did of [old, log.did]) {
      const read = await ours.read(did, log.jsonl);
      assert.equal(read.error, undefined, read.detail);
      assert.equal(read.document.id, log.did);
      assert.ok(read.document.alsoKnownAs.includes(old));
      assert.equal((await ours.read(did, log.jsonl, undefined, {versionNumber: 1})).document.id, old);
    }
    assert.equal((await ours.read(old.replace('acme.example', 'elsewhere.example'), log.jsonl)).error, 'invalid_log');
  });

  test('a DID that was not made to move is not found where its log says that it moved to, by either', async () => {
    const log = await TheirLog.create(random, 'acme.example', {portable: false});
    await log.rotate();
    assert.equal((await ours.read(log.did, log.jsonl)).error, undefined);
    // Their library refuses an address, and takes this.
    await log.rotate({controller: log.did.replace('acme.example', 'moved.example')});
    assert.equal((await ours.read(log.did, log.jsonl)).error, 'invalid_log');
    const their = await theyRead(random, log.jsonl).catch((error) => ({meta: {error}}));
    assert.ok(their.meta.error);
  });

  for (const what of ['create', 'rotate', 'witness', 'move', 'deactivate']) {
    test(`what we ${what}, they read as we do`, async (t) => {
      for (let i = 0; i < logsOfEach; ++i) {
        const {did, jsonl, witness} = await ours.make(what, random.uuid(), `${random.word()}.example`);
        const read = await ours.read(did, jsonl, witness);
        assert.equal(read.error, undefined, read.detail);
        const their = await theyRead(random, jsonl, witness);
        assert.equal(their.meta.error, undefined, JSON.stringify(their.meta));
        assert.equal(their.did, did);
        assert.equal(their.meta.versionId, read.metadata.versionId);
        assert.equal(their.meta.deactivated, what === 'deactivate');
        if (what !== 'deactivate') assert.deepEqual(their.doc.verificationMethod, read.document.verificationMethod);
      }
      t.diagnostic(`logs of ours read by didwebvh-ts (${what}): ${logsOfEach}`);
    });
  }

  /// Each changes an entry, or the list of them, without signing anew.
  const changes = {
    'another key in the document': (log) => { log.at(-1).state.verificationMethod[0].publicKeyMultibase = new Key(random).multikey; },
    'a later time': (log) => { log.at(-1).versionTime = '2026-02-01T00:00:01Z'; },
    'another update key': (log) => { log.at(-1).parameters.updateKeys = [new Key(random).multikey]; },
    'another promise': (log) => { log.at(-1).parameters.nextKeyHashes = []; },
    'another number': (log) => { log.at(-1).versionId = log.at(-1).versionId.replace(/^[0-9]+/, '7'); },
    'the hash of the entry before': (log) => { log.at(-1).versionId = log.at(-1).versionId.replace(/-.*/, log[0].versionId.slice(1)); },
    'the proof of the entry before': (log) => { log.at(-1).proof = log[0].proof; },
    'no proof': (log) => { log.at(-1).proof = []; },
    'another purpose': (log) => { log.at(-1).proof[0].proofPurpose = 'authentication'; },
    'an entry left out': (log) => { log.splice(log.length - 2, 1); },
    'an entry twice': (log) => { log.push(log.at(-1)); },
    'a first entry changed': (log) => { log[0].state.note = 'changed'; },
    'a member more': (log) => { log.at(-1).note = 'more'; },
  };
  for (const [name, change] of Object.entries(changes)) {
    test(`changed, a log is refused: ${name}`, async () => {
      const their = await scenarios.rotate();
      const {did, jsonl} = await ours.make('rotate', random.uuid(), 'acme.example');
      for (const log of [{did: their.did, text: their.jsonl}, {did, text: jsonl}]) {
        assert.equal((await ours.read(log.did, log.text)).error, undefined);
        const entries = log.text.trimEnd().split('\n').map((line) => JSON.parse(line));
        change(entries);
        const read = await ours.read(log.did, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
        assert.equal(read.error, 'invalid_log', JSON.stringify(read));
      }
    });
  }

  test('witnesses: one proof too few, and a proof of another entry, are not enough for either', async () => {
    const log = await scenarios.witness();
    const one = [{...log.proofs[0], proof: log.proofs[0].proof.slice(1)}];
    const elsewhere = [{...log.proofs[0], versionId: log.entries[0].versionId}];
    for (const proofs of [one, elsewhere, []]) {
      assert.equal((await ours.read(log.did, log.jsonl, proofs)).error, 'invalid_log');
    }
    const {did, jsonl, witness} = await ours.make('witness', random.uuid(), 'acme.example');
    const less = [{...witness[0], proof: witness[0].proof.slice(1)}];
    assert.equal((await ours.read(did, jsonl, less)).error, 'invalid_log');
    const their = await theyRead(random, jsonl, less).catch((error) => ({meta: {error}}));
    assert.ok(their.meta.error);
  });

  describe('over HTTPS', () => {
    const folder = new Folder();
    let host;
    let node;

    before(async () => {
      host = await TlsServer.start();
      node = await Node.make(folder, 'acme');
      await node.start({profile: 'w3c'});
    });
    after(async () => {
      await host?.stop();
      await node?.stop();
      folder.remove();
    });

    test('a node resolves what their host publishes, at any version', async () => {
      const log = await TheirLog.create(random, encodeURIComponent(host.host), {witnesses: witnesses(), threshold: 2});
      await log.rotate();
      const publish = () => {
        host.documents.set('/.well-known/did.jsonl', Buffer.from(log.jsonl));
        host.documents.set('/.well-known/did-witness.json', log.proofs);
      };
      publish();
      const found = await node.resolve(log.did);
      assert.equal(found.didDocument?.id, log.did, JSON.stringify(found));
      assert.equal(found.didDocumentMetadata.versionNumber, 2);
      assert.deepEqual(found.didDocument.service.map(({type}) => type), ['relativeRef', 'LinkedVerifiablePresentation']);
      assert.deepEqual(host.asked, ['/.well-known/did.jsonl', '/.well-known/did-witness.json']);
      for (const query of ['versionNumber=1', `versionId=${log.entries[0].versionId}`, `versionTime=${log.entries[0].versionTime}`]) {
        const first = await node.resolve(`${log.did}?${query}`);
        assert.equal(first.didDocumentMetadata.versionId, log.entries[0].versionId, query);
        assert.equal(first.didDocumentMetadata.witness.threshold, '2');
      }
      const none = await node.resolve(`${log.did}?versionNumber=9`);
      assert.equal(none.didResolutionMetadata.error.type, 'https://www.w3.org/ns/did#NOT_FOUND');
    });

    test('a node finds a DID of theirs where it has moved to', async () => {
      const log = await TheirLog.create(random, 'acme.example');
      await log.rotate({address: `https://${host.host}/members/${random.word()}`});
      const folder = log.did.split(':').slice(4).join('/');
      host.documents.set(`/${folder}/did.jsonl`, Buffer.from(log.jsonl));
      const found = await node.resolve(log.did);
      assert.equal(found.didDocument?.id, log.did, JSON.stringify(found));
      assert.equal(found.didDocumentMetadata.versionNumber, 2);
      const first = await node.resolve(`${log.did}?versionNumber=1`);
      assert.equal(first.didDocument.id, log.entries[0].state.id);
    });

    test('a log that does not hold is refused by a node', async () => {
      const log = await TheirLog.create(random, encodeURIComponent(host.host));
      host.documents.set('/.well-known/did.jsonl', Buffer.from(log.jsonl.replace('"portable":true', '"portable":false')));
      const refused = await node.resolve(log.did);
      assert.equal(refused.didDocument, null);
      assert.equal(refused.didResolutionMetadata.error.type, 'https://www.w3.org/ns/did#INVALID_DID');
      const copied = await TheirLog.create(random, 'elsewhere.example');
      host.documents.set('/.well-known/did.jsonl', Buffer.from(copied.jsonl));
      const claimed = copied.did.replace('elsewhere.example', encodeURIComponent(host.host));
      assert.equal((await node.resolve(claimed)).didResolutionMetadata.error.type, 'https://www.w3.org/ns/did#INVALID_DID');
    });
  });
});
