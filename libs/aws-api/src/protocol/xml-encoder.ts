import XMLBuilder from 'fast-xml-builder';
import type { Shape, StructureShape } from '../model/shape';

const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true });

/** How a Query service's answers are wrapped. */
export interface XmlService {
  readonly namespace: string;
}

/** `<OpResponse><OpResult>…</OpResult><ResponseMetadata>…`; the result is there even when it is empty (ecs-api 3.3). */
export function encodeXmlResponse(
  { namespace }: XmlService,
  operation: string,
  answer: { readonly shape: StructureShape; readonly output: object; readonly requestId: string },
): string {
  return build({
    [`${operation}Response`]: {
      '@_xmlns': namespace,
      [`${operation}Result`]: encode(answer.shape, answer.output),
      ResponseMetadata: { RequestId: answer.requestId },
    },
  });
}

export interface XmlError {
  readonly type: 'Sender' | 'Receiver';
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
}

export function encodeXmlError({ namespace }: XmlService, error: XmlError): string {
  return build({
    ErrorResponse: {
      '@_xmlns': namespace,
      Error: { Type: error.type, Code: error.code, Message: legal(error.message) },
      RequestId: error.requestId,
    },
  });
}

// The builder's declared answer is `any`.
const build = (document: object): string => builder.build(document);

/** By the model, not by the value: it alone knows that a list of one is a list. */
function encode(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case 'structure': {
      const members: [string, unknown][] = [];
      for (const [member, memberShape] of shape.members) {
        const given: unknown = Reflect.get(value as object, member);
        if (given !== undefined) members.push([member, encode(memberShape, given)]);
      }
      return Object.fromEntries(members);
    }
    case 'list':
      return { member: (value as readonly unknown[]).map((entry) => encode(shape.member, entry)) };
    case 'map':
      return {
        entry: Object.entries(value as object).map(([key, entry]) => ({ key, value: encode(shape.value, entry) })),
      };
    case 'timestamp':
      return new Date((value as number) * 1000).toISOString();
    case 'string':
      return legal(value as string);
    default:
      return value;
  }
}

/** XML 1.0 has no way to write most control characters, nor halves of surrogate pairs. */
function legal(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');
}
