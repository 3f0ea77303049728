// What @digitalbazaar's libraries load: DID documents from a node of ours, status lists from where they are said to be.
// Nothing else is loadable, so that a test that needed it would fail.
export function loaderOver(node) {
  return async (url) => {
    if (url.startsWith('did:')) return {documentUrl: url, document: await dereference(node, url)};
    if (/^https?:.*\/status\//.test(url)) {
      const reply = await fetch(url);
      if (!reply.ok) throw new Error(`${url}: ${reply.status}`);
      return {documentUrl: url, document: await reply.json()};
    }
    throw new Error(`nobody should ask for ${url}`);
  };
}

async function dereference(node, url) {
  const [did, fragment] = url.split('#');
  const {didDocument} = await node.resolve(did);
  if (!didDocument) throw new Error(`${node.name} does not know ${did}`);
  if (fragment === undefined) return didDocument;
  const method = didDocument.verificationMethod.find(({id}) => id === url);
  if (!method) throw new Error(`${did} has no ${fragment}`);
  return {'@context': 'https://w3id.org/security/multikey/v1', ...method};
}
