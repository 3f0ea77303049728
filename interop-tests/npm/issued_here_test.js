import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {contexts as w3cContexts} from '@digitalbazaar/credentials-context';
import * as vc from '@digitalbazaar/vc';
import {checkStatus, decodeList} from '@digitalbazaar/vc-bitstring-status-list';
import jsonld from 'jsonld';

import {Folder, eventually, makeConsortium, succeed} from './harness/avow.js';
import {verifySuites} from './harness/issuer.js';
import {loaderOver} from './harness/loader.js';
import {Random} from './harness/random.js';

const credentialCount = 25;

describe('what Avow issues, @digitalbazaar/vc verifies', {timeout: 1_800_000}, () => {
  const random = new Random('issued here');
  const folder = new Folder();
  const agents = [];
  const credentials = [];
  let consortium;
  let loader;  // asks globex, which knows acme and its agents through gossip alone

  const check = (credential) => vc.verifyCredential(
    {credential, suite: verifySuites(), documentLoader: loader, checkStatus});
  /// The status bits that their library reads in our lists, by purpose.
  async function bitsOf(credential) {
    const answer = await check(credential);
    assert.equal(answer.verified, true, String(answer.error ?? answer.statusResult?.error));
    return Object.fromEntries(answer.statusResult.results.map(
      ({credentialStatus, status}) => [credentialStatus.statusPurpose, status]));
  }

  const action = () => `${random.word()}:${random.word()}`;
  const constraint = () => random.pick([
    () => ({type: 'eq', param: `/${random.word()}`, value: random.text()}),
    () => ({type: 'max', param: `/${random.word()}/minor`, value: random.between(0, 2 ** 31)}),
    () => ({type: 'min', param: `/${random.word()}`, value: -Number.MAX_SAFE_INTEGER}),
    () => ({type: 'in', param: '/format', value: [`k${random.text()}`, random.word()]}),
    () => ({type: 'maxDataSizeBytes', value: random.between(0, 2 ** 31)}),
    () => ({type: 'operatingHours', tz: 'UTC', days: [1, 5], from: '08:00', to: '24:00'}),
  ])();
  const capability = () => ({
    action: action(),
    ...random.oneIn(2) && {resource: `acme:${random.word()}/*`},
    ...random.oneIn(2) && {constraints: Array.from({length: random.between(1, 4)}, constraint)},
  });

  async function makeAgent(index) {
    const agent = {name: `agent-${index}`, key: folder.file(`agent-${index}.key`)};
    await consortium.acme.command('agent', 'add', agent.name, '--version', '1.0', '--owner', `Dana ${random.word()} 日本 𝒳`,
      '--key-out', agent.key, '--passphrase-file', consortium.acme.passphrase, '--weak-key-derivation');
    return agent;
  }
  async function issue(agent) {
    const capabilities = Array.from({length: random.below(5)}, capability);
    const claims = folder.write('claims.json', {capabilities});
    const out = folder.file('issued.json');
    await consortium.acme.command(
      'vc', 'issue', '--agent', agent.name, '--claims', claims, '--ttl', `${random.between(10, 1440)}m`, '--out', out);
    return folder.read('issued.json');
  }

  before(async () => {
    consortium = await makeConsortium(folder);
    loader = loaderOver(consortium.globex);
    for (let i = 0; i < 3; ++i) agents.push(await makeAgent(i));
    for (let i = 0; i < credentialCount; ++i) credentials.push(await issue(agents[i % agents.length]));
    const {issuer} = credentials[0];
    await eventually('globex knows the issuer', async () => (await consortium.globex.resolve(issuer)).didDocument);
  });
  after(async () => {
    await consortium?.stop();
    folder.remove();
  });

  test('every credential, with its issuer\'s did:webvh taken from another member\'s node', async (t) => {
    for (const credential of credentials) {
      assert.match(credential.issuer, /^did:webvh:/);
      assert.deepEqual(await bitsOf(credential), {revocation: false, suspension: false});
    }
    t.diagnostic(`issued by Avow, verified by @digitalbazaar/vc: ${credentials.length} credentials`);
  });

  test('and they refuse each of them with one claim changed', async (t) => {
    for (const credential of credentials) {
      const changed = structuredClone(credential);
      changed.credentialSubject.agent.version += '1';
      assert.equal((await check(changed)).verified, false);
    }
    t.diagnostic(`changed, refused by @digitalbazaar/vc: ${credentials.length} credentials`);
  });

  test('and a JSON-LD processor reads all of it, with the context that a node serves', async (t) => {
    const url = 'https://avow.example/ns/v1';
    const reply = await fetch(`${consortium.globex.url}/ns/v1`);
    assert.equal(reply.headers.get('content-type'), 'application/ld+json');
    const contexts = new Map([...w3cContexts, [url, await reply.json()]]);
    const documentLoader = async (wanted) => {
      if (!contexts.has(wanted)) throw new Error(`nobody should ask for ${wanted}`);
      return {documentUrl: wanted, document: contexts.get(wanted)};
    };
    // `safe` refuses whatever no context defines, and would leave out of what is signed.
    const quadsOf = (document) => jsonld.toRDF(document, {documentLoader, safe: true, format: 'application/n-quads'});
    for (const {proof, ...credential} of credentials) {
      const quads = await quadsOf(credential);
      for (const term of ['agent', 'owner', 'role', 'capabilities']) assert.ok(quads.includes(`<${url}#${term}>`), term);
      assert.ok(quads.includes(`<${url}#AgentCapabilityCredential>`));
      const more = structuredClone(credential);
      more.credentialSubject.clearance = 'secret';
      await assert.rejects(quadsOf(more), {name: 'jsonld.ValidationError'});
    }
    t.diagnostic(`capability credentials of Avow read as RDF by jsonld: ${credentials.length}`);
  });

  test('every presentation that an agent makes with `avow vp create`, for its challenge and domain alone', async (t) => {
    let count = 0;
    for (const [index, agent] of agents.entries()) {
      const own = credentials.filter((_, i) => i % agents.length === index).slice(0, random.between(1, 4));
      const files = own.map((credential, i) => folder.write(`own-${i}.json`, credential));
      const challenge = random.uuid();
      const domain = `${random.word()}.example`;
      await succeed('vp', 'create', ...files.flatMap((file) => ['--vc', file]), '--key', agent.key,
        '--passphrase-file', consortium.acme.passphrase, '--challenge', challenge, '--domain', domain,
        '--out', folder.file('presentation.json'));
      const presentation = folder.read('presentation.json');
      const verify = (expected) => vc.verify({
        presentation, suite: verifySuites(), documentLoader: loader, checkStatus, challenge, domain, ...expected});

      const answer = await verify({});
      assert.equal(answer.verified, true, JSON.stringify(answer));
      assert.equal(answer.credentialResults.length, own.length);
      assert.match(presentation.holder, /^did:web:acme.example:agents:/);
      assert.equal((await verify({challenge: `${challenge}0`})).verified, false);
      assert.equal((await verify({domain: `x${domain}`})).verified, false);
      count += 1;
    }
    t.diagnostic(`made by Avow, verified by @digitalbazaar/vc: ${count} presentations`);
  });

  test('a status list, before and after each change of one credential', async (t) => {
    const credential = random.pick(credentials);
    const neighbour = credentials.find(({id}) => id !== credential.id);
    let changes = 0;
    for (const [change, bits] of [
      ['suspend', {revocation: false, suspension: true}],
      ['resume', {revocation: false, suspension: false}],
      ['suspend', {revocation: false, suspension: true}],
      ['revoke', {revocation: true, suspension: true}],
    ]) {
      await consortium.acme.command('vc', change, credential.id, '--reason', 'the test says so',
        ...change === 'revoke' ? ['--yes'] : []);
      assert.deepEqual(await bitsOf(credential), bits, `after ${change}`);
      assert.deepEqual(await bitsOf(neighbour), {revocation: false, suspension: false}, `beside it after ${change}`);
      changes += 1;
    }
    t.diagnostic(`status lists of Avow read by vc-bitstring-status-list: ${changes} changes seen at once`);
  });

  test('and they refuse a status list in which one bit was turned', async () => {
    const credential = credentials[0];
    const changing = async (url) => {
      const answer = await loader(url);
      if (url.includes('/status/')) {
        const {credentialSubject} = answer.document;
        const list = await decodeList(credentialSubject);
        const index = random.below(131_072);
        list.setStatus(index, !list.getStatus(index));
        credentialSubject.encodedList = await list.encode();
      }
      return answer;
    };
    const answer = await checkStatus({credential, documentLoader: changing, suite: verifySuites()});
    assert.equal(answer.verified, false);
    assert.match(String(answer.error), /not verified/);
  });
});
