import type { Page, PageRequest } from '@stowage/read-model';

/** What a page holds when the request does not say; also the most that one may hold (ecs-api 6.6). */
const PAGE_ITEMS = 400;

interface Given {
  readonly Marker?: string;
  readonly PageSize?: number;
}

/** Elastic Load Balancing's way to ask for a page. */
export function elbPage({ Marker: marker, PageSize: size }: Given): PageRequest {
  return { maxResults: size ?? PAGE_ITEMS, ...(marker !== undefined && marker !== '' && { nextToken: marker }) };
}

/** Its way to say where the next one begins. */
export function nextMarker({ nextToken }: Page<unknown>): { readonly NextMarker?: string } {
  return nextToken === undefined ? {} : { NextMarker: nextToken };
}
