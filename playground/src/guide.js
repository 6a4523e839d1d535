import guide from '../../docs/graphql.md';
import { examplesIn } from '../examples.js';

export const examples = examplesIn(guide);
