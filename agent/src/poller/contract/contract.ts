/**
 * What every implementation of the RouterClient port must do, whatever a router does. The cases are those in which
 * node-routeros 1.6.9 as published hangs, crashes or mixes replies up, and the replies of real routers.
 */
import { describe } from 'vitest';
import type { DialRouter } from '../router-client.ts';
import { describeEndings } from './endings.ts';
import { createFixture, type Route } from './fixture.ts';
import { describeLogins } from './logins.ts';
import { describeReplies } from './replies.ts';
import { describeSegmentation } from './segmentation.ts';

/** Declares the suite for one implementation and one route. */
export function describeRouterClient(name: string, dial: DialRouter, route: Route): void {
  const fixture = createFixture(dial, route);
  describe(`${name}:`, () => {
    describeLogins(fixture);
    describeReplies(fixture);
    describeSegmentation(fixture);
    describeEndings(fixture);
  });
}
