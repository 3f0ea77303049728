// What POST /credentials/verify and /presentations/verify may answer. A client that looks only at the status must be right too.
import assert from 'node:assert/strict';

export function assertAccepted({status, body}, what) {
  assert.deepEqual([status, body.verified, body.outcome, body.code ?? ''], [200, true, 'accepted', ''],
    `${what}: ${JSON.stringify(body)}`);
}

/// Rejected, or with another `outcome`; `codes` is the code, or those of which any will do.
export function assertRefused({status, body}, codes, what, outcome = 'rejected') {
  assert.deepEqual([status, body.verified, body.outcome], [400, false, outcome], `${what}: ${JSON.stringify(body)}`);
  assert.ok([codes].flat().includes(body.code), `${what}: ${body.code} instead of ${codes}`);
}

/// A set of two proofs: accepted as it is, and refused with either of its proofs changed.
export async function assertSetHolds(node, credential, what) {
  assert.equal(credential.proof.length, 2);
  assertAccepted(await node.verifyCredential(credential), what);
  for (const broken of [0, 1]) {
    const changed = structuredClone(credential);
    changed.proof[broken].created = '2020-01-01T00:00:00Z';
    assertRefused(await node.verifyCredential(changed), 'bad_proof', `${what}, proof ${broken} changed`);
  }
}
