import { createHmac, timingSafeEqual } from 'node:crypto';
import { invalidParameter, invariant } from '@stowage/domain';

/** What all paged operations take; each operation's own range for `maxResults` is checked before. Absent: a hundred. */
export interface PageRequest {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/** One page, in the list's order; without `nextToken` the last one. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken?: string;
}

export const PAGE_ITEMS_DEFAULT = 100;
/** Elastic Load Balancing's pages are the largest. */
export const PAGE_ITEMS_MAX = 400;

/** Where a page ended: the sort key of its last item. */
export type Cursor = readonly (string | number)[];

const MAC_BYTES = 16;

/**
 * Pages by key: a token names the last item that was shown, so what is added or removed meanwhile neither repeats nor
 * hides another item. It is signed together with the query, so that it only continues the list that it came from.
 */
export class Pages {
  /** `key` is the same in every replica. */
  constructor(private readonly key: string) {}

  /** `query` names the operation and its filters. @throws Refusal when the token was not given out for it. */
  open(query: unknown, request: PageRequest): OpenPage {
    const limit = request.maxResults ?? PAGE_ITEMS_DEFAULT;
    invariant(Number.isInteger(limit) && limit >= 1 && limit <= PAGE_ITEMS_MAX, `A page of ${limit} items.`);
    const scope = JSON.stringify(query);
    const after = request.nextToken === undefined ? undefined : this.decode(scope, request.nextToken);
    return { limit, fetch: limit + 1, after, tokenFor: (cursor) => this.encode(scope, cursor) };
  }

  private encode(scope: string, cursor: Cursor): string {
    const body = Buffer.from(JSON.stringify(cursor));
    return Buffer.concat([this.mac(scope, body), body]).toString('base64url');
  }

  private decode(scope: string, token: string): Cursor {
    const bytes = Buffer.from(token, 'base64url');
    const body = bytes.subarray(MAC_BYTES);
    // Of several spellings of the same bytes only ours counts: an opaque token is equal or it is not.
    const genuine =
      bytes.toString('base64url') === token &&
      bytes.length > MAC_BYTES &&
      timingSafeEqual(bytes.subarray(0, MAC_BYTES), this.mac(scope, body));
    if (!genuine) throw invalidParameter('Invalid token.');
    return JSON.parse(body.toString()) as Cursor;
  }

  private mac(scope: string, body: Buffer): Buffer {
    return createHmac('sha256', this.key).update(scope).update('\n').update(body).digest().subarray(0, MAC_BYTES);
  }
}

/** A page about to be read: ask for `fetch` items after `after`; one more than `limit` tells whether others follow. */
export interface OpenPage {
  readonly limit: number;
  readonly fetch: number;
  readonly after: Cursor | undefined;
  readonly tokenFor: (cursor: Cursor) => string;
}

/** The page from what was found, in order, at most `fetch` of them. */
export function pageOf<Found, Item>(
  page: OpenPage,
  found: readonly Found[],
  as: { readonly cursor: (found: Found) => Cursor; readonly item: (found: Found) => Item },
): Page<Item> {
  const shown = found.slice(0, page.limit);
  const last = shown.at(-1);
  const items = shown.map(as.item);
  return found.length > page.limit && last !== undefined
    ? { items, nextToken: page.tokenFor(as.cursor(last)) }
    : { items };
}
