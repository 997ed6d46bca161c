import { headerOf, type SignedRequest } from '../sigv4/signed-request';
import { signingServiceOf } from '../sigv4/signing-service';
import { findService, protocolOf } from './call';
import type { XmlErrorFormat } from './xml-encoder';

/** Format of an error that the client of the request can parse. */
export type ErrorFormat = { readonly kind: 'json' | 'cbor' } | XmlErrorFormat;

/** Format for requests that name none of Stowage's services. */
const FAULT_NAMESPACE = 'http://webservices.amazon.com/AWSFault/2005-15-09';
/** Signing names of services with S3's REST protocol. */
const S3: ReadonlySet<string> = new Set(['s3', 's3express', 's3-object-lambda', 's3-outposts']);
/** Signing names of the other services with REST and XML, whose errors are those of the Query protocol. */
const REST_XML: ReadonlySet<string> = new Set(['cloudfront', 'route53']);

/**
 * Returns the error format of a request, including requests for AWS services that Stowage does not provide. Clients of
 * REST with JSON can parse an AWS JSON error, because a header also contains its code.
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
