import { join } from 'node:path';
import ts from 'typescript';

const SOURCE = join(__dirname, '../../libs/domain/src/state/events.ts');
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.Node20,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
};

/**
 * The shapes of all events as TypeScript declares them, one line for each place that a value can have and each type that
 * it can have there: `TaskStopped@1 containers[].exitCode? number`. `?` marks a member that may be absent, `[]` the
 * elements of a list, `{}` the values of a map, `<forward>` one of several shapes, and a text in quotes one of several
 * texts. The lines are sorted.
 */
export function declaredShapes(): readonly string[] {
  const program = ts.createProgram([SOURCE], OPTIONS);
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(SOURCE);
  const found = source && checker.getSymbolAtLocation(source)?.exports?.get(ts.escapeLeadingUnderscores('DomainEvent'));
  if (!found) throw new Error(`${SOURCE} has no DomainEvent.`);
  const shapes = new Shapes(checker);
  return alternativesOf(checker.getDeclaredTypeOfSymbol(found))
    .flatMap((event) => shapes.ofEvent(event))
    .sort();
}

class Shapes {
  constructor(private readonly checker: ts.TypeChecker) {}

  ofEvent(event: ts.Type): readonly string[] {
    const name = `${this.literalOf(event, 'type')}@${this.literalOf(event, 'version')}`;
    const members = event.getProperties().filter((member) => !['type', 'version'].includes(member.name));
    const lines = members.flatMap((member) => this.ofMember(member, ''));
    return [...new Set(lines.length > 0 ? lines : ['(no members)'])].map((line) => `${name} ${line}`);
  }

  private ofMember(member: ts.Symbol, path: string): readonly string[] {
    const type = this.checker.getTypeOfSymbol(member);
    const isOptional = (member.flags & ts.SymbolFlags.Optional) !== 0 || alternativesOf(type).some(isUndefined);
    return this.of(type, `${path}${path === '' ? '' : '.'}${member.name}${isOptional ? '?' : ''}`);
  }

  private of(type: ts.Type, path: string): readonly string[] {
    const alternatives = alternativesOf(type).filter((each) => !isUndefined(each));
    const objects = alternatives.filter((each) => textOf(each) === undefined && !this.checker.isArrayType(each));
    const label = objects.length > 1 ? this.discriminantOf(objects) : undefined;
    return alternatives.flatMap((each) => {
      const text = textOf(each);
      if (text !== undefined) return [`${path} ${text}`];
      const elements = this.checker.isArrayType(each) || this.checker.isTupleType(each);
      if (elements) return this.elementsOf(each).flatMap((element) => this.of(element, `${path}[]`));
      return this.ofObject(each, label === undefined ? path : `${path}<${this.literalOf(each, label)}>`);
    });
  }

  private elementsOf(list: ts.Type): readonly ts.Type[] {
    return this.checker.getTypeArguments(list as ts.TypeReference);
  }

  private ofObject(type: ts.Type, path: string): readonly string[] {
    const values = type.getStringIndexType();
    const members = type.getProperties().flatMap((member) => this.ofMember(member, path));
    const lines = [...members, ...(values ? this.of(values, `${path}{}`) : [])];
    return lines.length > 0 ? lines : [`${path} {}`];
  }

  /** The member by whose text the shapes of a union differ. */
  private discriminantOf(objects: readonly ts.Type[]): string | undefined {
    const names = objects[0]?.getProperties().map(({ name }) => name) ?? [];
    return names.find((name) => objects.every((each) => this.memberType(each, name)?.isStringLiteral()));
  }

  private literalOf(type: ts.Type, member: string): string {
    const found = this.memberType(type, member);
    if (found?.isStringLiteral()) return found.value;
    if (found?.isNumberLiteral()) return String(found.value);
    throw new Error(`${this.checker.typeToString(type)} has no literal ${member}.`);
  }

  private memberType(type: ts.Type, name: string): ts.Type | undefined {
    const member = type.getProperty(name);
    return member && this.checker.getTypeOfSymbol(member);
  }
}

const isUndefined = (type: ts.Type): boolean => (type.flags & ts.TypeFlags.Undefined) !== 0;

const alternativesOf = (type: ts.Type): readonly ts.Type[] =>
  type.isUnion() && (type.flags & ts.TypeFlags.Boolean) === 0 ? type.types : [type];

/** The name of a primitive type; undefined for lists and objects. A branded text is a text. */
function textOf(type: ts.Type): string | undefined {
  if (type.isStringLiteral()) return `'${type.value}'`;
  if (type.isNumberLiteral()) return String(type.value);
  if (type.isIntersection()) return type.types.map(textOf).find((text) => text !== undefined);
  if (type.flags & (ts.TypeFlags.String | ts.TypeFlags.TemplateLiteral)) return 'string';
  if (type.flags & ts.TypeFlags.Number) return 'number';
  if (type.flags & ts.TypeFlags.BooleanLike) return 'boolean';
  if (type.flags & (ts.TypeFlags.Unknown | ts.TypeFlags.Any)) return 'anything';
  return type.flags & ts.TypeFlags.Null ? 'null' : undefined;
}
