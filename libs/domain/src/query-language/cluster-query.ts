import { among, type Comparison, comparing, COMPARISONS, type Test } from './comparisons';
import { type QueriedInstance, type Subject, subjectNamed } from './subjects';
import { mistake, type Token, tokensOf } from './tokens';

/** Largest depth of nested parentheses and negations. */
export const EXPRESSION_DEPTH_MAX = 32;
/** Largest number of elements in one list. */
export const LIST_LENGTH_MAX = 200;

/** A parsed expression of the cluster query language (ecs-api 5.6.4). */
export interface ClusterQuery {
  readonly expression: string;
  readonly matches: (queried: QueriedInstance) => boolean;
  /** True if the result depends only on the registration of the instance, and not on its tasks. */
  readonly isStatic: boolean;
}

type Predicate = Pick<ClusterQuery, 'matches' | 'isStatic'>;

/** Parses an expression. @throws Refusal with the position of the mistake */
export function parseClusterQuery(expression: string): ClusterQuery {
  const parser = new Parser(tokensOf(expression));
  return { expression, ...parser.whole() };
}

/**
 * Cache of parsed expressions. The oldest are evicted first. Definitions and services repeat their expressions with
 * every placement.
 */
const PARSED_MAX = 512;
const parsed = new Map<string, ClusterQuery>();

/** Like {@link parseClusterQuery}, with a cache of the newest `PARSED_MAX` expressions. */
export function clusterQuery(expression: string): ClusterQuery {
  const known = parsed.get(expression);
  if (known) return known;
  const query = parseClusterQuery(expression);
  parsed.set(expression, query);
  if (parsed.size > PARSED_MAX) {
    const [oldest] = parsed.keys();
    if (oldest !== undefined) parsed.delete(oldest);
  }
  return query;
}

const AND = ['&&', 'and'];
const OR = ['||', 'or'];
const NOT = ['!', 'not'];

/** Recursive descent parser. `and` has a higher precedence than `or`. */
class Parser {
  private next = 0;
  private depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Predicate {
    const predicate = this.either();
    const rest = this.peek();
    if (rest.kind !== 'end') throw mistake(rest.at, `'and', 'or' or the end is expected, not ${nameOf(rest)}`);
    return predicate;
  }

  private either(): Predicate {
    const parts = [this.all()];
    while (this.takes(OR)) parts.push(this.all());
    return combined(parts, (queried) => parts.some(({ matches }) => matches(queried)));
  }

  private all(): Predicate {
    const parts = [this.one()];
    while (this.takes(AND)) parts.push(this.one());
    return combined(parts, (queried) => parts.every(({ matches }) => matches(queried)));
  }

  private one(): Predicate {
    if (this.takes(NOT)) return this.deeper(() => negated(this.one()));
    if (!this.takes(['('])) return this.comparison();
    return this.deeper(() => {
      const inner = this.either();
      this.expect(')');
      return inner;
    });
  }

  private deeper(parse: () => Predicate): Predicate {
    this.depth += 1;
    if (this.depth > EXPRESSION_DEPTH_MAX) {
      throw mistake(this.peek().at, `it is nested more than ${EXPRESSION_DEPTH_MAX} levels deep`);
    }
    const predicate = parse();
    this.depth -= 1;
    return predicate;
  }

  private comparison(): Predicate {
    const token = this.take();
    if (token.kind !== 'word') throw mistake(token.at, `a subject is expected, not ${nameOf(token)}`);
    const predicate = subjectNamed(token.text, (subject) => this.operation(subject, token));
    if (!predicate) throw mistake(token.at, `'${token.text}' is not a subject`);
    return predicate;
  }

  private operation<Value>(subject: Subject<Value>, about: Token): Predicate {
    const isNegated = this.takes(['!']);
    const operator = this.take();
    const word = operator.kind === 'quoted' ? '' : operator.text;
    if (word === 'exists' || (word === 'not_exists' && !isNegated)) {
      if (!subject.mayBeAbsent) throw mistake(operator.at, `'${about.text}' always exists`);
      return holding(subject, () => true, isNegated || word === 'not_exists');
    }
    if (word === 'in' || (word === 'not_in' && !isNegated)) {
      return holding(subject, among(subject.type, this.list()), isNegated || word === 'not_in');
    }
    const comparison: Comparison | undefined = isNegated ? undefined : COMPARISONS.get(word);
    if (!comparison) throw mistake(operator.at, `an operator is expected, not ${nameOf(operator)}`);
    return holding(subject, comparing(subject.type, comparison.is, this.value()), comparison.isNegated ?? false);
  }

  private value(): Token {
    const token = this.take();
    if (token.kind === 'word' || token.kind === 'quoted') return token;
    throw mistake(token.at, `a value is expected, not ${nameOf(token)}`);
  }

  private list(): readonly Token[] {
    this.expect('[');
    const values = [this.value()];
    while (this.takes([','])) {
      values.push(this.value());
      if (values.length > LIST_LENGTH_MAX) {
        throw mistake(this.peek().at, `a list can have at most ${LIST_LENGTH_MAX} elements`);
      }
    }
    this.expect(']');
    return values;
  }

  private peek(): Token {
    return this.tokens[this.next] ?? { kind: 'end', text: '', at: 0 };
  }

  private take(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.next += 1;
    return token;
  }

  private takes(words: readonly string[]): boolean {
    const { kind, text } = this.peek();
    if (kind === 'quoted' || !words.includes(text)) return false;
    this.next += 1;
    return true;
  }

  private expect(symbol: string): void {
    const token = this.take();
    if (token.kind !== 'symbol' || token.text !== symbol) {
      throw mistake(token.at, `'${symbol}' is expected, not ${nameOf(token)}`);
    }
  }
}

const nameOf = ({ kind, text }: Token): string => (kind === 'end' ? 'the end' : `'${text}'`);

function combined(parts: readonly Predicate[], matches: Predicate['matches']): Predicate {
  const [only, second] = parts;
  if (only && !second) return only;
  return { matches, isStatic: parts.every(({ isStatic }) => isStatic) };
}

function negated({ matches, isStatic }: Predicate): Predicate {
  return { matches: (queried) => !matches(queried), isStatic };
}

/**
 * Returns true if one of the subject's values matches or, if negated, none does. An absent value is different from
 * every value.
 */
function holding<Value>(subject: Subject<Value>, test: Test<Value>, isNegated: boolean): Predicate {
  const { valuesOf, isStatic } = subject;
  const holds = (queried: QueriedInstance): boolean => {
    for (const value of valuesOf(queried)) if (test(value)) return true;
    return false;
  };
  return { matches: isNegated ? (queried) => !holds(queried) : holds, isStatic };
}
