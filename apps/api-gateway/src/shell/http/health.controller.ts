import { Controller, Get } from '@nestjs/common';

/** Confirms that the process answers. Requests are not signed, so the answer contains nothing else. */
@Controller('health')
export class HealthController {
  @Get()
  health(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }
}
