import XMLBuilder from 'fast-xml-builder';
import type { Shape, StructureShape } from '../model/shape';

const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: true });

/** Envelope of a Query service's responses. */
export interface XmlService {
  readonly namespace: string;
}

/** `<OpResponse><OpResult>…</OpResult><ResponseMetadata>…`. The result is present even if it is empty (ecs-api 3.3). */
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

/** Service whose XML error format is used. */
export type XmlErrorFormat = { readonly kind: 'ec2' | 's3' } | ({ readonly kind: 'query' } & XmlService);

export function encodeXmlError(format: XmlErrorFormat, error: XmlError): string {
  const { type: Type, code: Code, requestId } = error;
  const Message = legal(error.message);
  switch (format.kind) {
    case 'query':
      return build({
        ErrorResponse: { '@_xmlns': format.namespace, Error: { Type, Code, Message }, RequestId: requestId },
      });
    case 'ec2':
      return build({ Response: { Errors: { Error: { Code, Message } }, RequestID: requestId } });
    case 's3':
      return build({ Error: { Code, Message, RequestId: requestId } });
  }
}

// The builder declares `any` as its result.
const build = (document: object): string => builder.build(document);

/** Encodes by the model and not by the value, because only the model identifies a list with one entry. */
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

/** Replaces most control characters and halves of surrogate pairs, which XML 1.0 cannot represent. */
function legal(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd');
}
