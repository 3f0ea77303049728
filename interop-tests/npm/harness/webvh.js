// did:webvh logs as didwebvh-ts makes and reads them, and as Avow does (the program webvh_log, beside avow).
import {spawn} from 'node:child_process';
import crypto from 'node:crypto';
import {once} from 'node:events';
import path from 'node:path';
import readline from 'node:readline';

import {AbstractCrypto, createDID, deactivateDID, deriveNextKeyHash, MultibaseEncoding, multibaseEncode, prepareDataForSigning,
  resolveDIDFromLog, signWitnessProofEntry, updateDID} from 'didwebvh-ts';

const base58 = (bytes) => multibaseEncode(bytes, MultibaseEncoding.BASE58_BTC);
const der = (prefix, bytes) => Buffer.concat([Buffer.from(prefix, 'hex'), bytes]);

/// An Ed25519 key of theirs, which signs with Node's own crypto.
export class Key extends AbstractCrypto {
  constructor(random) {
    super({verificationMethod: null});
    this.secret = crypto.createPrivateKey({key: der('302e020100300506032b657004220420', random.bytes(32)), format: 'der', type: 'pkcs8'});
    const raw = crypto.createPublicKey(this.secret).export({format: 'der', type: 'spki'}).subarray(-32);
    this.multikey = base58(Buffer.concat([Buffer.from([0xed, 0x01]), raw]));
    this.did = `did:key:${this.multikey}`;
  }
  getVerificationMethodId() { return `${this.did}#${this.multikey}`; }
  async sign({document, proof}) {
    return {proofValue: base58(crypto.sign(null, await prepareDataForSigning(document, proof), this.secret))};
  }
  async verify(signature, message, publicKey) {
    const key = crypto.createPublicKey({key: der('302a300506032b6570032100', publicKey), format: 'der', type: 'spki'});
    return crypto.verify(null, message, key, signature);
  }
}

/// A log of theirs with pre-rotation: keys[0] made it, each entry uses the next one. A day lies between two entries.
export class TheirLog {
  static async create(random, domain, {witnesses = [], threshold = 0, portable = true} = {}) {
    const log = new TheirLog();
    Object.assign(log, {random, witnesses, keys: [new Key(random), new Key(random)], document: new Key(random), at: Date.UTC(2026, 0, 1)});
    log.made = await createDID({
      domain, signer: log.keys[0], verifier: log.keys[0], created: log.time(), portable,
      updateKeys: [log.keys[0].multikey],
      nextKeyHashes: [await deriveNextKeyHash(log.keys[1].multikey)],
      verificationMethods: [{type: 'Multikey', publicKeyMultibase: log.document.multikey, purpose: 'assertionMethod'}],
      ...threshold && {witness: {threshold, witnesses: witnesses.map(({did: id}) => ({id}))}},
    });
    log.did = log.made.did;
    await log.witness();
    return log;
  }
  get entries() { return this.made.log; }
  get jsonl() { return this.entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''); }
  time() { return new Date(this.at += 86_400_000).toISOString().replace('.000', ''); }

  /// `promising`: with a next key, else pre-rotation ends. `more` is for their library: `address` moves the DID.
  async rotate({promising = true, ...more} = {}) {
    const key = this.keys.at(-1);
    if (promising) this.keys.push(new Key(this.random));
    this.made = await updateDID({
      log: this.entries, signer: key, verifier: key, updated: this.time(), witnessProofs: this.proofs, ...more,
      updateKeys: [key.multikey], nextKeyHashes: promising ? [await deriveNextKeyHash(this.keys.at(-1).multikey)] : [],
      verificationMethods: [{type: 'Multikey', publicKeyMultibase: this.document.multikey, purpose: 'assertionMethod'}],
    });
    this.did = this.made.did;
    await this.witness();
  }
  /// In two entries, as their library deactivates no log with pre-rotation.
  async deactivate() {
    await this.rotate({promising: false});
    const key = this.keys.at(-1);
    this.made = await deactivateDID({log: this.entries, signer: key, verifier: key, updateKeys: []});
    await this.witness();
  }
  /// The proofs of the newest entry alone, by all but one of the witnesses.
  async witness() {
    if (this.witnesses.length === 0) return;
    const signing = this.witnesses.slice(1);
    this.proofs = [await signWitnessProofEntry({
      versionId: this.entries.at(-1).versionId, witnesses: signing.map(({did: id}) => ({id})),
      witnessSignersByDid: Object.fromEntries(signing.map((key) => [key.did, key])),
    })];
  }
}

/// What they make of a log: {did, doc, meta}, or an error.
export function theyRead(random, jsonl, witnessProofs, options = {}) {
  const log = jsonl.trimEnd().split('\n').map((line) => JSON.parse(line));
  return resolveDIDFromLog(log, {verifier: new Key(random), witnessProofs, ...options});
}

/// The program that makes logs and reads them.
export class OurLogs {
  constructor() {
    this.process = spawn(path.join(path.dirname(process.env.AVOW_BINARY), 'webvh_log'), {stdio: ['pipe', 'pipe', 'inherit']});
    this.lines = readline.createInterface({input: this.process.stdout})[Symbol.asyncIterator]();
  }
  async ask(request) {
    this.process.stdin.write(`${JSON.stringify({now: new Date().toISOString(), ...request})}\n`);
    return JSON.parse((await this.lines.next()).value);
  }
  make(what, seed, domain) { return this.ask({make: what, seed, domain}); }
  read(did, jsonl, witness, more = {}) { return this.ask({read: did, jsonl, ...witness && {witness}, ...more}); }
  async end() {
    this.process.stdin.end();
    await once(this.process, 'exit');
  }
}
