// The built program, run as people run it: one process for each command, one for each node.
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const binary = process.env.AVOW_BINARY;
const startDeadlineMs = 120_000;  // a derivation of 64 MiB under a sanitizer, on a busy machine
const stopDeadlineMs = 30_000;
const settleDeadlineMs = 30_000;

/// One of 127.64.0.0/10 by process id: test files that run side by side cannot take each other's ports.
export const ownAddress = `127.${64 + ((process.pid >> 16) & 0x3f)}.${(process.pid >> 8) & 0xff}.${process.pid & 0xff}`;

/// Given once only: the system may offer the same port again before its node listens there.
const givenPorts = new Set();
async function freePort() {
  for (;;) {
    const server = net.createServer().listen(0, ownAddress);
    await once(server, 'listening');
    const {port} = server.address();
    server.close();
    await once(server, 'close');
    if (!givenPorts.has(port)) {
      givenPorts.add(port);
      return port;
    }
  }
}

/// Asks again until the answer is true; what it was last goes into the error.
export async function eventually(what, ask, deadlineMs = settleDeadlineMs) {
  for (const end = Date.now() + deadlineMs; Date.now() < end;) {
    if (await ask()) return;
    await new Promise((wake) => setTimeout(wake, 20));
  }
  throw new Error(`never: ${what}`);
}

/// A folder that is gone when the tests of a file have ended.
export class Folder {
  constructor() { this.path = fs.mkdtempSync(path.join(os.tmpdir(), 'avow-npm-')); }
  file(name) { return path.join(this.path, name); }
  write(name, value) {
    fs.writeFileSync(this.file(name), typeof value === 'string' ? value : JSON.stringify(value));
    return this.file(name);
  }
  read(name) { return JSON.parse(fs.readFileSync(this.file(name), 'utf8')); }
  remove() { fs.rmSync(this.path, {recursive: true, force: true}); }
}

/// `avow <words>` to its end, whatever its exit code.
export function avow(...words) {
  return new Promise((resolve) => {
    execFile(binary, words, {maxBuffer: 2 ** 24}, (error, out, err) => resolve({code: error ? error.code : 0, out, err}));
  });
}

/// … and throws unless that is 0; gives what it printed.
export async function succeed(...words) {
  const {code, out, err} = await avow(...words);
  if (code !== 0) throw new Error(`avow ${words.join(' ')}: exit code ${code}\n${out}${err}`);
  return out;
}

/// An organisation with its data directory and, once started, its node.
export class Node {
  static async make(folder, name, {domain = `${name}.example`} = {}) {
    const node = new Node();
    node.name = name;
    node.data = folder.file(name);
    node.folder = folder;
    node.passphrase = folder.write('passphrase', 'correct horse battery staple\n');
    fs.chmodSync(node.passphrase, 0o600);
    const made = await succeed('init', '--org', name, '--domain', domain, '--passphrase-file', node.passphrase,
      '--weak-key-derivation', '--data', node.data, '--json');
    node.did = JSON.parse(made).did;
    node.listen = `${ownAddress}:${await freePort()}`;
    node.peerListen = `${ownAddress}:${await freePort()}`;
    node.url = `http://${node.listen}`;
    return node;
  }

  /// `publicUrl`: as others reach it, if that is not where it listens.
  async start({charter, peers = [], publicUrl = this.url, profile = 'consortium'} = {}) {
    const log = fs.openSync(`${this.data}.log`, 'a');
    this.process = spawn(binary, ['serve', '--data', this.data, '--listen', this.listen, '--peer-listen', `http://${this.peerListen}`,
      '--public-url', publicUrl, '--allow-loopback', '--passphrase-file', this.passphrase, '--default-profile', profile,
      ...charter ? ['--charter', charter] : [], ...peers.flatMap((peer) => ['--peer', `http://${peer.peerListen}`])],
    {stdio: ['ignore', log, log]});
    fs.closeSync(log);
    await eventually(`${this.name} is up`, async () => {
      if (this.process.exitCode !== null) throw new Error(`${this.name} ended:\n${fs.readFileSync(`${this.data}.log`)}`);
      return fetch(`${this.url}/healthz`).then((reply) => reply.ok, () => false);
    }, startDeadlineMs);
  }

  /// After its start a member signs nothing until a peer has shown what it holds of its feed.
  untilSigns() {
    return eventually(`${this.name} signs`, async () => JSON.parse(await this.command('status', '--json')).maySign);
  }

  async stop() {
    if (!this.process || this.process.exitCode !== null) return;
    this.process.kill('SIGTERM');
    await eventually(`${this.name} ends`, () => this.process.exitCode !== null, stopDeadlineMs);
    if (this.process.exitCode !== 0) throw new Error(`${this.name} ended with ${this.process.exitCode}`);
  }

  avow(...words) { return avow(...words, '--data', this.data); }
  command(...words) { return succeed(...words, '--data', this.data); }

  async post(route, body) {
    const reply = await fetch(this.url + route, {
      method: 'POST', headers: {'content-type': 'application/json'}, body: typeof body === 'string' ? body : JSON.stringify(body)});
    return {status: reply.status, body: await reply.json()};
  }
  verifyCredential(verifiableCredential) {
    return this.post('/credentials/verify', {verifiableCredential, options: {profile: 'w3c'}});
  }
  verifyPresentation(verifiablePresentation, {challenge, domain} = {}) {
    return this.post('/presentations/verify', {verifiablePresentation, options: {profile: 'w3c', challenge, domain}});
  }
  /// The answer to GET /1.0/identifiers/{did} as DID resolution result.
  async resolve(did) {
    const reply = await fetch(`${this.url}/1.0/identifiers/${encodeURIComponent(did)}`,
      {headers: {accept: 'application/did-resolution'}});
    return reply.json();
  }
}

/// Two members of one charter, each other's peers.
export async function makeConsortium(folder) {
  const members = [await Node.make(folder, 'acme'), await Node.make(folder, 'globex')];
  const charter = folder.file('charter.json');
  await succeed('charter', 'found', '--out', charter, ...members.flatMap(({data}) => ['--founder', `${data}/did.jsonl`]));
  for (const member of members) {
    await member.command('charter', 'found', '--sign', charter, '--passphrase-file', member.passphrase);
  }
  const [acme, globex] = members;
  await acme.start({charter, peers: [globex]});
  await globex.start({charter, peers: [acme]});
  await Promise.all(members.map((member) => member.untilSigns()));
  return {acme, globex, stop: () => Promise.all(members.map((member) => member.stop()))};
}
