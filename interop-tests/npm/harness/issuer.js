// Issuers and holders that sign with @digitalbazaar's libraries alone: nothing of Avow's is in what they make.
import {createECDH} from 'node:crypto';

import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as ecdsaJcs2019 from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as eddsaJcs2022 from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';

export const kinds = ['Ed25519', 'P-256', 'P-384'];
export const cryptosuiteOf = (kind) => kind === 'Ed25519' ? 'eddsa-jcs-2022' : 'ecdsa-jcs-2019';

/// What verifies either suite.
export const verifySuites = () => [eddsaJcs2022, ecdsaJcs2019].map(
  (cryptosuite) => new DataIntegrityProof({cryptosuite: cryptosuite.createVerifyCryptosuite()}));

async function makeKey(kind, randomBytes) {
  if (kind === 'Ed25519') return Ed25519Multikey.generate({seed: Uint8Array.from(randomBytes(32))});
  const [curve, size] = kind === 'P-256' ? ['prime256v1', 32] : ['secp384r1', 48];
  const ecdh = createECDH(curve);
  const secret = Buffer.from(randomBytes(size));
  ecdh.setPrivateKey(secret);
  const [x, y] = [1, 1 + size].map((from) => ecdh.getPublicKey().subarray(from, from + size).toString('base64url'));
  const d = secret.toString('base64url');
  return EcdsaMultikey.fromJwk({jwk: {kty: 'EC', crv: kind, x, y, d, key_ops: ['sign']}, secretKey: true});
}

/// The DID that is the key, as the did:jwk specification has it.
export const didJwkOf = (_, jwk) => `did:jwk:${Buffer.from(JSON.stringify(jwk)).toString('base64url')}`;

/// A fresh key under a DID: the key's own did:key, or what `didOf` makes of the key's multibase text and its public JWK.
export async function makeIssuer(kind, randomBytes, didOf = (multibase) => `did:key:${multibase}`) {
  const key = await makeKey(kind, randomBytes);
  const {publicKeyMultibase} = await key.export({publicKey: true});
  const {toJwk} = kind === 'Ed25519' ? Ed25519Multikey : EcdsaMultikey;
  const {kty, crv, x, y} = await toJwk({keyPair: key});
  const did = didOf(publicKeyMultibase, y === undefined ? {kty, crv, x} : {kty, crv, x, y});
  const id = `${did}#${did.startsWith('did:jwk:') ? '0' : publicKeyMultibase}`;
  const {createSignCryptosuite} = kind === 'Ed25519' ? eddsaJcs2022 : ecdsaJcs2019;
  const suite = (created) => new DataIntegrityProof(
    {signer: {...key.signer(), id}, date: created, cryptosuite: createSignCryptosuite()});
  const method = {id, type: 'Multikey', controller: did, publicKeyMultibase};
  return {
    kind, did, method, suite,
    document: {
      '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
      id: did, verificationMethod: [method], assertionMethod: [id], authentication: [id],
    },
    /// Signs with the purpose assertionMethod; a second call on the result makes a proof set.
    issue: (credential, {created} = {}) => vc.issue({credential: structuredClone(credential), suite: suite(created)}),
    /// Signs with the purpose authentication.
    present: (verifiableCredential, {challenge, domain}) => vc.signPresentation({
      presentation: {...vc.createPresentation({holder: did}), verifiableCredential: structuredClone(verifiableCredential)},
      suite: suite(), challenge, domain}),
  };
}

/// The claims are anybody's: credentials/examples/v2 defines every term.
export function draft(random, issuer, more = {}) {
  const moment = (days) => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+/, '');
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2', 'https://www.w3.org/ns/credentials/examples/v2'],
    id: random.uuid(),
    type: ['VerifiableCredential', 'ExampleCredential'],
    issuer: random.oneIn(2) ? issuer.did : {id: issuer.did, name: `k${random.text()}`},
    validFrom: moment(-random.between(1, 300)),
    validUntil: moment(random.between(1, 300)),
    credentialSubject: {id: random.uuid(), ...random.members(3)},
    ...more,
  };
}
