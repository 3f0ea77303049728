// Every small change of a JSON document: each member changed, removed, made null; a member added to each object, an item to
// each array; arrays turned round.

const changedScalar = (value) => {
  switch (typeof value) {
    case 'string': return `${value}x`;
    case 'boolean': return !value;
    case 'number': return value + 1 !== value ? value + 1 : -value;
    default: return 0;  // null
  }
};

function* within(node, pointer, rebuild) {
  if (Array.isArray(node)) {
    yield ['added', `${pointer}/-`, rebuild([...node, 'added'])];
    if (node.length > 1) {
      const turned = [...node].reverse();
      if (JSON.stringify(turned) !== JSON.stringify(node)) yield ['turned', pointer, rebuild(turned)];
    }
    for (const [index, item] of node.entries()) {
      const at = `${pointer}/${index}`;
      yield ['removed', at, rebuild(node.filter((_, i) => i !== index))];
      yield* ofValue(item, at, (value) => rebuild(node.map((old, i) => i === index ? value : old)));
    }
  } else {
    yield ['added', `${pointer}/added`, rebuild({...node, added: true})];
    for (const [name, member] of Object.entries(node)) {
      const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const {[name]: _, ...others} = node;
      yield ['removed', at, rebuild(others)];
      yield* ofValue(member, at, (value) => rebuild({...node, [name]: value}));
    }
  }
}

function* ofValue(value, pointer, rebuild) {
  if (value !== null) yield ['made null', pointer, rebuild(null)];
  if (typeof value === 'object' && value !== null) yield* within(value, pointer, rebuild);
  else yield ['changed', pointer, rebuild(changedScalar(value))];
}

/// [what was done, where, the document with that done] for each change.
export const mutationsOf = (document) => within(document, '', (changed) => changed);
