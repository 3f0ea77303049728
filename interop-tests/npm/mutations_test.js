import assert from 'node:assert/strict';
import {describe, test} from 'node:test';

import * as vc from '@digitalbazaar/vc';
import jsigs from 'jsonld-signatures';

import {cryptosuiteOf, draft, kinds, makeIssuer, verifySuites} from './harness/issuer.js';
import {loaderOver} from './harness/loader.js';
import {mutationsOf} from './harness/mutations.js';
import {assertAccepted, assertRefused} from './harness/verdict.js';
import {verifierFor} from './harness/verifier.js';

const credentialsOfEach = 3;
const signaturesOfEach = 40;

/// What is refused before its signature is looked at, by "what was done where". All else must be bad_proof.
const earlier = [
  [/^removed \/@context$/, 'context_missing'],
  [/^made null \/@context(\/1)?$/, 'context_malformed'],
  [/^(added \/@context\/-|changed \/@context\/1)$/, 'context_not_allowed'],
  [/^(turned \/@context|(removed|made null|changed) \/@context\/0)$/, 'context_order'],
  [/^removed \/@context\/1$/, 'context_mismatch'],
  [/^made null (\/id|\/credentialSubject\/id)$/, 'id_malformed'],
  [/^(removed \/type(\/0)?|changed \/type\/0)$/, 'type_missing'],
  [/^made null \/type(\/[01])?$/, 'type_malformed'],
  [/^removed \/issuer$/, 'issuer_missing'],
  [/^(made null \/issuer(\/id)?|removed \/issuer\/id)$/, 'issuer_malformed'],
  [/^changed \/issuer(\/id)?$/, 'issuer_key_mismatch'],
  [/^made null \/issuer\/name$/, 'name_malformed'],
  [/^(made null|changed) \/valid(From|Until)$/, 'bad_datetime'],
  [/^removed \/credentialSubject$/, 'subject_missing'],
  [/^made null \/credentialSubject$/, 'subject_malformed'],
  [/^(removed|made null) \/proof$/, 'no_proof'],
  [/^(removed|made null) \/proof\/(type|verificationMethod|cryptosuite|proofPurpose|proofValue)$/, 'malformed_proof'],
  [/^made null \/proof\/created$/, 'malformed_proof'],
  [/^changed \/proof\/type$/, 'unsupported_proof_type'],
  [/^changed \/proof\/created$/, 'bad_datetime'],
  [/^changed \/proof\/verificationMethod$/, 'key_not_found'],
  [/^changed \/proof\/cryptosuite$/, 'unsupported_cryptosuite'],
  [/^removed \/proof\/@context(\/1)?$/, 'bad_proof'],
  [/^.* \/proof\/@context(\/.*)?$/, 'context_mismatch'],
  // A letter more makes it too long, but for one signature of sixty, whose first byte is small.
  [/^changed \/proof\/proofValue$/, ['bad_multibase', 'bad_proof']],
];
const codeFor = (what, where) => earlier.find(([words]) => words.test(`${what} ${where}`))?.[1] ?? 'bad_proof';

describe('what was changed after @digitalbazaar\'s libraries signed it, Avow refuses', {timeout: 1_800_000}, () => {
  const here = verifierFor('mutations');
  const {random, issuerOf} = here;

  for (const kind of kinds) {
    test(`each member changed, removed, made null or added, in credentials with ${kind}`, async (t) => {
      let count = 0;
      for (let i = 0; i < credentialsOfEach; ++i) {
        const issuer = await issuerOf(kind);
        const credential = await issuer.issue(draft(random, issuer));
        assertAccepted(await here.node.verifyCredential(credential), 'unchanged');
        for (const [what, where, changed] of mutationsOf(credential)) {
          assertRefused(await here.node.verifyCredential(changed), codeFor(what, where), `${what} ${where}`);
          count += 1;
        }
      }
      t.diagnostic(`mutations of credentials with ${kind}, refused by Avow: ${count}`);
    });

    test(`each member of a presentation by a holder on ${kind}, and of the credential in it`, async (t) => {
      const [holder, issuer] = [await issuerOf(kind), await issuerOf(kind)];
      const asked = {challenge: random.uuid(), domain: `${random.word()}.example`};
      const presentation = await holder.present([await issuer.issue(draft(random, issuer))], asked);
      assertAccepted(await here.node.verifyPresentation(presentation, asked), 'unchanged');
      let count = 0;
      for (const [what, where, changed] of mutationsOf(presentation)) {
        const {status, body} = await here.node.verifyPresentation(changed, asked);
        assert.deepEqual([status, body.verified, body.outcome], [400, false, 'rejected'], `${what} ${where}: ${JSON.stringify(body)}`);
        assert.match(body.code, /^[a-z_]+$/);
        // What the signature covers and the form allows can only be found by the signature.
        if (/^changed \/verifiableCredential\/0\/(id|credentialSubject\/)/.test(`${what} ${where}`)) assert.equal(body.code, 'bad_proof');
        count += 1;
      }
      t.diagnostic(`mutations of presentations with ${kind}, refused by Avow: ${count}`);
    });

    test(`a signature with one character changed (${kind})`, async (t) => {
      const issuer = await issuerOf(kind);
      const credential = await issuer.issue(draft(random, issuer));
      const {proofValue} = credential.proof;
      for (let i = 0; i < signaturesOfEach; ++i) {
        const at = random.between(1, proofValue.length - 1);
        const other = random.pick([...'123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'].filter((c) => c !== proofValue[at]));
        const changed = structuredClone(credential);
        changed.proof.proofValue = proofValue.slice(0, at) + other + proofValue.slice(at + 1);
        // Another leading digit can make it longer or shorter than a signature is.
        assertRefused(await here.node.verifyCredential(changed), at < 3 ? ['bad_proof', 'bad_multibase'] : 'bad_proof', `character ${at}`);
      }
      t.diagnostic(`signatures with ${kind} with one character changed, refused by Avow: ${signaturesOfEach}`);
    });

    test(`proofs swapped between two credentials, and between two issuers (${kind})`, async () => {
      const [issuer, other] = [await issuerOf(kind), await issuerOf(kind)];
      const [one, two] = [await issuer.issue(draft(random, issuer)), await issuer.issue(draft(random, issuer))];
      const foreign = await other.issue(draft(random, other));
      assertRefused(await here.node.verifyCredential({...one, proof: two.proof}), 'bad_proof', 'of the same issuer');
      assertRefused(await here.node.verifyCredential({...two, proof: one.proof}), 'bad_proof', 'of the same issuer');
      assertRefused(await here.node.verifyCredential({...one, proof: foreign.proof}), 'issuer_key_mismatch', 'of another issuer');
      const {proof: _, ...unsigned} = one;
      assertRefused(await here.node.verifyCredential(await other.issue(unsigned)), 'issuer_key_mismatch', 'signed anew by another');
      const suite = kind === 'Ed25519' ? 'ecdsa-jcs-2019' : 'eddsa-jcs-2022';
      assertRefused(await here.node.verifyCredential({...one, proof: {...one.proof, cryptosuite: suite}}), 'alg_key_mismatch',
        `${cryptosuiteOf(kind)} called ${suite}`);
    });

    test(`a good signature for another purpose (${kind})`, async () => {
      const issuer = await issuerOf(kind);
      const {AuthenticationProofPurpose, AssertionProofPurpose} = jsigs.purposes;
      const sign = (document, purpose) => jsigs.sign(document, {suite: issuer.suite(), purpose});
      const asked = {challenge: random.uuid(), domain: 'verifier.example'};
      const credential = await sign(draft(random, issuer), new AuthenticationProofPurpose(asked));
      assertRefused(await here.node.verifyCredential(credential), 'proof_purpose', 'a credential signed as a presentation');
      const {proof: _, ...unsigned} = await issuer.present([await issuer.issue(draft(random, issuer))], asked);
      const presentation = await sign(unsigned, new AssertionProofPurpose());
      assertRefused(await here.node.verifyPresentation(presentation, {}), 'proof_purpose', 'a presentation signed as a credential');
    });
  }

  test('a context appended after signing: the suites allow it and sign none of it, and so both sides accept', async () => {
    const issuer = await issuerOf('Ed25519');
    const credential = await issuer.issue(draft(random, issuer));
    const appended = {...credential, '@context': [...credential['@context'], 'https://w3id.org/security/multikey/v1']};
    assertAccepted(await here.node.verifyCredential(appended), 'with a context more');
    const theirs = await vc.verifyCredential({credential: appended, suite: verifySuites(), documentLoader: loaderOver(here.node)});
    assert.equal(theirs.verified, true, String(theirs.error));
    const consortium = await here.node.post('/credentials/verify', {verifiableCredential: appended});
    assert.equal(consortium.body.checks.find(({name}) => name === 'proof').code, 'context_mismatch');
  });

  test('the text itself: a member twice, a byte too many, bytes that are not UTF-8', async () => {
    const issuer = await issuerOf('Ed25519');
    const credential = await issuer.issue(draft(random, issuer));
    const body = JSON.stringify({verifiableCredential: credential, options: {profile: 'w3c'}});
    assert.equal((await here.node.post('/credentials/verify', body)).status, 200);
    for (const [changed, code] of [
      [body.replace('"issuer":', '"issuer":"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK","issuer":'), 'duplicate_key'],
      [`${body}x`, 'malformed_json'],
      [body.slice(0, -1), 'malformed_json'],
      [Buffer.concat([Buffer.from(body.slice(0, -2)), Buffer.from([0xff]), Buffer.from(body.slice(-2))]), 'invalid_utf8'],
    ]) {
      const reply = await fetch(`${here.node.url}/credentials/verify`,
        {method: 'POST', headers: {'content-type': 'application/json'}, body: changed});
      assert.deepEqual([reply.status, (await reply.json()).code], [400, code]);
    }
  });
});
