import {describe, test} from 'node:test';

import {createCredential, createList} from '@digitalbazaar/vc-bitstring-status-list';

import {draft, kinds} from './harness/issuer.js';
import {assertAccepted, assertRefused} from './harness/verdict.js';
import {verifierFor} from './harness/verifier.js';

const length = 131_072;

describe('status lists that vc-bitstring-status-list makes and others serve over TLS', {timeout: 1_800_000}, () => {
  const here = verifierFor('status lists', {web: true});
  const {random, issuerOf} = here;
  let lists = 0;

  const entry = (statusListCredential, index, statusPurpose = 'revocation') => ({
    id: `${statusListCredential}#${index}`, type: 'BitstringStatusListEntry', statusPurpose, statusListIndex: String(index),
    statusListCredential});

  /// Serves a list with these bits set; `change` is done to the credential before it is signed. Gives its URL.
  async function serve(issuer, {bits = [], statusPurpose = 'revocation', size = length, change = (same) => same}) {
    const file = `/lists/${++lists}`;
    const list = await createList({length: size});
    for (const bit of bits) list.setStatus(bit, true);
    const unsigned = {...await createCredential({id: here.web.url + file, list, statusPurpose}), issuer: issuer.did};
    here.web.documents.set(file, await issuer.issue(change(unsigned)));
    return here.web.url + file;
  }
  const verify = async (issuer, credentialStatus) =>
    here.node.verifyCredential(await issuer.issue(draft(random, issuer, {credentialStatus})));

  for (const kind of kinds) {
    test(`a bit that is set and the bits beside it, in lists signed with ${kind}`, async (t) => {
      let count = 0;
      for (const [statusPurpose, code] of [['revocation', 'revoked'], ['suspension', 'suspended']]) {
        for (const index of [0, 7, 8, random.between(9, length - 2), length - 1]) {
          const issuer = await issuerOf(kind);
          const url = await serve(issuer, {bits: [index], statusPurpose});
          assertRefused(await verify(issuer, entry(url, index, statusPurpose)), code, `bit ${index}`);
          for (const beside of [index - 1, index + 1].filter((i) => i >= 0 && i < length)) {
            assertAccepted(await verify(issuer, entry(url, beside, statusPurpose)), `bit ${beside} beside ${index}`);
          }
          count += 1;
        }
      }
      t.diagnostic(`status lists of vc-bitstring-status-list with ${kind}, read by Avow: ${count}`);
    });
  }

  test('two purposes in one credential, either of which refuses', async () => {
    const issuer = await issuerOf('P-256');
    const revocation = await serve(issuer, {});
    const suspension = await serve(issuer, {bits: [5], statusPurpose: 'suspension'});
    const both = (index) => [entry(revocation, index), entry(suspension, index, 'suspension')];
    assertAccepted(await verify(issuer, both(4)), 'neither bit');
    assertRefused(await verify(issuer, both(5)), 'suspended', 'one bit of two');
  });

  test('a list that cannot be believed is never taken for "not revoked"', async () => {
    const issuer = await issuerOf('Ed25519');
    const stranger = await issuerOf('Ed25519');
    const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
    const forged = await serve(issuer, {bits: [3]});
    const document = here.web.documents.get(new URL(forged).pathname);
    document.credentialSubject.encodedList = await (await createList({length})).encode();
    for (const [what, url, code, outcome = 'rejected'] of [
      ['not there', `${here.web.url}/lists/none`, 'STATUS_RETRIEVAL_ERROR', 'undetermined'],
      ['changed after signing', forged, 'STATUS_VERIFICATION_ERROR'],
      ['of another issuer', await serve(stranger, {}), 'status_issuer'],
      ['for another purpose', await serve(issuer, {statusPurpose: 'suspension'}), 'STATUS_VERIFICATION_ERROR'],
      ['too short', await serve(issuer, {size: length - 8}), 'STATUS_LIST_LENGTH_ERROR'],
      ['ended', await serve(issuer, {change: (list) => ({...list, validUntil: day(-1)})}), 'status_list_expired'],
      ['not begun', await serve(issuer, {change: (list) => ({...list, validFrom: day(1)})}), 'status_list_expired'],
      ['not a list', await serve(issuer, {change: (list) => ({...list, type: ['VerifiableCredential']})}),
        'MALFORMED_VALUE_ERROR'],
      ['under another name', await serve(issuer, {change: (list) => ({...list, id: `${here.web.url}/lists/other`})}),
        'status_list_id'],
    ]) {
      assertRefused(await verify(issuer, entry(url, 3)), code, what, outcome);
    }
    assertRefused(await verify(issuer, entry(await serve(issuer, {}), length)), 'RANGE_ERROR', 'a bit beyond the end');
  });
});
