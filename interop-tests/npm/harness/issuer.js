// Issuers and holders that sign with @digitalbazaar's libraries alone: nothing of Avow's is in what they make.
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import * as ecdsaJcs2019 from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as eddsaJcs2022 from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';

export const kinds = ['Ed25519', 'P-256', 'P-384'];

/// A fresh key of this kind under a DID: its own did:key, or the one that `didOf` names for the key's multibase text.
export async function makeIssuer(kind, didOf = (multibase) => `did:key:${multibase}`) {
  const key = kind === 'Ed25519' ? await Ed25519Multikey.generate() : await EcdsaMultikey.generate({curve: kind});
  const {publicKeyMultibase} = await key.export({publicKey: true});
  key.controller = didOf(publicKeyMultibase);
  key.id = `${key.controller}#${publicKeyMultibase}`;
  const cryptosuite = kind === 'Ed25519' ? eddsaJcs2022 : ecdsaJcs2019;
  const suite = (created) => new DataIntegrityProof(
    {signer: {...key.signer(), id: key.id}, date: created, cryptosuite: cryptosuite.createSignCryptosuite()});
  return {
    kind,
    did: key.controller,
    method: {id: key.id, type: 'Multikey', controller: key.controller, publicKeyMultibase},
    /// Signs with the purpose assertionMethod; a second call on the result makes a proof set.
    issue: (credential, {created} = {}) => vc.issue({credential: structuredClone(credential), suite: suite(created)}),
    /// Signs with the purpose authentication.
    present: (verifiableCredential, {challenge, domain}) => vc.signPresentation({
      presentation: {...vc.createPresentation({holder: key.controller}), verifiableCredential},
      suite: suite(), challenge, domain}),
  };
}
