import { Client, credentials, Server, ServerCredentials, type ServiceError, status } from '@grpc/grpc-js';

type Call = (request: Buffer, answer: (error: Partial<ServiceError> | null, value?: Buffer) => void) => void;

const asItIs = (bytes: Buffer): Buffer => bytes;
export const HEALTH = '/grpc.health.v1.Health/Check';
const NAME = '/test.Names/Name';

/** A gRPC server as a target. It answers with its name, or fails on request. Its health is a method. */
export class GrpcTarget {
  health: status = status.OK;

  private constructor(
    readonly port: number,
    private readonly server: Server,
  ) {}

  /** `pem`: certificate and key of a server with TLS. */
  static async start(name: string, pem?: string): Promise<GrpcTarget> {
    const server = new Server();
    const file = Buffer.from(pem ?? '');
    const secure =
      pem === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [{ cert_chain: file, private_key: file }]);
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', secure, (error, bound) => (error ? reject(error) : resolve(bound))),
    );
    const target = new GrpcTarget(port, server);
    target.serve(HEALTH, (_, answer) =>
      target.health === status.OK ? answer(null, Buffer.alloc(0)) : answer({ code: target.health, details: 'not now' }),
    );
    target.serve(NAME, (request, answer) =>
      request.length === 0
        ? answer(null, Buffer.from(name))
        : answer({ code: status.FAILED_PRECONDITION, details: 'wanted' }),
    );
    return target;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private serve(path: string, call: Call): void {
    const kind = { requestStream: false, responseStream: false } as const;
    const codec = {
      requestSerialize: asItIs,
      requestDeserialize: asItIs,
      responseSerialize: asItIs,
      responseDeserialize: asItIs,
    };
    this.server.addService(
      { call: { path, ...kind, ...codec } },
      { call: ({ request }: { readonly request: Buffer }, answer: Parameters<Call>[1]) => call(request, answer) },
    );
  }
}

/**
 * Resolves with the name of the server at that port, or with the status of the failed call. Uses TLS if `trust` is given.
 */
export function grpcName(
  port: number,
  { trust, fails = false }: { readonly trust?: string; readonly fails?: boolean } = {},
): Promise<string | number> {
  const security = trust === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(trust));
  const options = { 'grpc.ssl_target_name_override': 'web.test' };
  const client = new Client(`127.0.0.1:${String(port)}`, security, options);
  const request = Buffer.alloc(fails ? 1 : 0);
  return new Promise<string | number>((resolve) => {
    client.makeUnaryRequest(NAME, asItIs, asItIs, request, (error, value) => {
      client.close();
      resolve(error ? error.code : String(value));
    });
  });
}
