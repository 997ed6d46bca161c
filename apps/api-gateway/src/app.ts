import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { appRoot, createHttpApp, loggerOf, type RunningApp, type Runtime } from '@stowage/runtime';
import { ApiGatewayModule } from './api-gateway.module';
import type { GatewayConfig } from './config';
import { fastifyAdapter } from './shell/http/fastify-adapter';

/** A gateway that is listening. */
export interface RunningGateway extends RunningApp {
  /** `http://host:port` */
  readonly url: string;
}

/** Starts a gateway on `runtime`. Any number of gateways may run at the same time. */
export async function startApiGateway(runtime: Runtime, config: GatewayConfig): Promise<RunningGateway> {
  const app = await createHttpApp<NestFastifyApplication>(appRoot(runtime, ApiGatewayModule, config), {
    adapter: fastifyAdapter(config),
    logger: loggerOf(runtime, 'api-gateway'),
    bodyParser: false,
  });
  try {
    await app.listen(config.httpPort, config.httpHost);
  } catch (error) {
    await app.close();
    throw error;
  }
  return { url: await app.getUrl(), close: () => app.close() };
}
