import { Controller, Get } from '@nestjs/common';

/** Whether the process answers; unsigned, so it says nothing else. */
@Controller('health')
export class HealthController {
  @Get()
  health(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }
}
