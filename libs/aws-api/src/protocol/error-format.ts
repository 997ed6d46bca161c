import { headerOf, type SignedRequest } from '../sigv4/signed-request';
import { signingServiceOf } from '../sigv4/signing-service';
import { findService, protocolOf } from './call';
import type { XmlErrorFormat } from './xml-encoder';

/** How an error is written, so that the client that sent the request can read it. */
export type ErrorFormat = { readonly kind: 'json' | 'cbor' } | XmlErrorFormat;

/** Of errors in requests that name no service of ours. */
const FAULT_NAMESPACE = 'http://webservices.amazon.com/AWSFault/2005-15-09';
/** Signing names of services that speak S3's REST protocol. */
const S3: ReadonlySet<string> = new Set(['s3', 's3express', 's3-object-lambda', 's3-outposts']);
/** Signing names of the other services that speak REST with XML; their errors are those of the Query protocol. */
const REST_XML: ReadonlySet<string> = new Set(['cloudfront', 'route53']);

/**
 * The error format of a request, also of one that is for an AWS service that is absent here. REST with JSON reads the
 * error of AWS JSON, because its code is in a header too.
 */
export function errorFormatOf(request: SignedRequest): ErrorFormat {
  if (headerOf(request, 'smithy-protocol') === 'rpc-v2-cbor') return { kind: 'cbor' };
  if (headerOf(request, 'x-amz-target') !== undefined) return { kind: 'json' };
  const service = signingServiceOf(request) ?? '';
  if (service === 'ec2') return { kind: 'ec2' };
  if (S3.has(service)) return { kind: 's3' };
  if (!REST_XML.has(service) && protocolOf(request) === 'json') return { kind: 'json' };
  const protocol = findService(request, service)?.protocol;
  return { kind: 'query', namespace: protocol?.kind === 'query' ? protocol.namespace : FAULT_NAMESPACE };
}
