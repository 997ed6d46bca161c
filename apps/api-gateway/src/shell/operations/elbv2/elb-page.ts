import type { Page, PageRequest } from '@stowage/read-model';

/** Default page size, which is also the largest one (ecs-api 6.6). */
const PAGE_ITEMS = 400;

interface Given {
  readonly Marker?: string;
  readonly PageSize?: number;
}

/** Converts the paging members of an Elastic Load Balancing request. */
export function elbPage({ Marker: marker, PageSize: size }: Given): PageRequest {
  return { maxResults: size ?? PAGE_ITEMS, ...(marker !== undefined && marker !== '' && { nextToken: marker }) };
}

/** Returns the member that continues a list of Elastic Load Balancing. */
export function nextMarker({ nextToken }: Page<unknown>): { readonly NextMarker?: string } {
  return nextToken === undefined ? {} : { NextMarker: nextToken };
}
