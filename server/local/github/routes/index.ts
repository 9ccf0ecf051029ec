import type { Route } from '../rest.ts';
import { appRoutes } from './app.ts';
import { checkRoutes } from './checks.ts';
import { commentRoutes } from './comments.ts';
import { contentRoutes } from './contents.ts';
import { deliveryRoutes } from './deliveries.ts';
import { pullRoutes } from './pulls.ts';
import { repositoryRoutes } from './repositories.ts';
import { ruleRoutes } from './rules.ts';

/** Every REST route that there is. */
export const routes: Route[] = [
  ...appRoutes,
  ...deliveryRoutes,
  ...repositoryRoutes,
  ...contentRoutes,
  ...pullRoutes,
  ...commentRoutes,
  ...checkRoutes,
  ...ruleRoutes,
];
