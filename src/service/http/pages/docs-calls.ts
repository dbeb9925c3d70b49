/** `/docs`, the contract in words, and `/docs/statistics`, what the numbers mean. */
import { type Markup, pageDocument } from '../../../view/page/layout.ts';
import type { Contract } from '../../../view/reference/contract.ts';
import { referenceMain } from '../../../view/reference/reference-page.ts';
import { statisticsMain } from '../../../view/statistics/statistics-page.ts';
import { openapiDocument } from '../openapi.ts';

export function referencePage(version: string): Markup {
  // Through JSON: what a program would read from `/openapi.json` is what a person reads here.
  const contract: Contract = JSON.parse(JSON.stringify(openapiDocument(version)));
  return pageDocument({
    title: 'API',
    style: 'reference.css',
    current: 'reference',
    version,
    needsKey: false,
    main: referenceMain(contract),
  });
}

export function statisticsPage(version: string): Markup {
  return pageDocument({
    title: 'How sure the numbers are',
    style: 'statistics.css',
    current: 'statistics',
    version,
    needsKey: false,
    main: statisticsMain(),
  });
}
