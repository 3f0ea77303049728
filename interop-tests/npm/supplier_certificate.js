// Issues the credential of fixtures/vc/verify/valid/: a supplier's certificate for the year 2025, under a fresh did:key,
// with @digitalbazaar's libraries. Each run makes another.
//   node supplier_certificate.js [Ed25519 | P-256 | P-384] >FILE
import {randomBytes, randomUUID} from 'node:crypto';

import {kinds, makeIssuer} from './harness/issuer.js';

const kind = process.argv[2] ?? 'Ed25519';
if (!kinds.includes(kind)) {
  console.error(`usage: node supplier_certificate.js [${kinds.join(' | ')}]`);
  process.exit(2);
}
const issuer = await makeIssuer(kind, randomBytes);
const supplier = await makeIssuer('Ed25519', randomBytes);
// Only terms that VCDM 2.0 itself defines, so that its reader needs no other context.
const credential = await issuer.issue({
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  id: `urn:uuid:${randomUUID()}`,
  type: ['VerifiableCredential'],
  name: 'Supplier certificate 2025',
  description: 'Refrigerated transport of food, class A',
  issuer: {id: issuer.did, name: 'Hanseatic Cold Chain Board'},
  validFrom: '2025-01-01T00:00:00Z',
  validUntil: '2025-12-31T23:59:59Z',
  credentialSubject: {id: supplier.did, name: 'Kestrel Frozen Freight'},
}, {created: '2024-12-15T09:30:00Z'});
console.log(JSON.stringify(credential, null, 2));
