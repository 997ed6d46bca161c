/** The values of a stored event whose place or type is not in the shape of its version. */
export function undeclaredIn(event: unknown, shapes: readonly string[]): readonly string[] {
  if (!isObject(event)) return [];
  const { type, version, ...members } = event;
  const name = `${String(type)}@${String(version)}`;
  const declared = shapes
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => plain(line.slice(name.length + 1)));
  if (declared.length === 0) return [`${name} is not declared`];
  const places = new Places(declared);
  return Object.entries(members)
    .flatMap(([member, value]) => places.wrongAt(member, value))
    .map((at) => `${name} ${at}`);
}

/** Removes the marks of optional members and of alternatives: a value has neither. */
const plain = (line: string): string => {
  const [path = '', ...type] = line.split(' ');
  return [path.replace(/\?|<[^>]*>/g, ''), ...type].join(' ');
};

class Places {
  constructor(private readonly declared: readonly string[]) {}

  wrongAt(path: string, value: unknown): readonly string[] {
    if (Array.isArray(value)) return (value as readonly unknown[]).flatMap((each) => this.wrongAt(`${path}[]`, each));
    if (isObject(value))
      return Object.entries(value).flatMap(([name, each]) => this.wrongAt(this.member(path, name), each));
    const types = typeof value === 'string' ? ['string', `'${value}'`] : [typeof value, String(value)];
    const isDeclared = [...types, 'anything'].some((type) => this.declared.includes(`${path} ${type}`));
    return isDeclared ? [] : [`${path} ${typeof value}`];
  }

  private member(path: string, name: string): string {
    return this.declared.some((line) => line.startsWith(`${path}{}`)) ? `${path}{}` : `${path}.${name}`;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
