// Bugs for the simulator to find. Each is one line or two of the product, as they would be without the rule they stand for.

import { ANSWERS_BUGS } from './bugs/answers.mjs';
import { BINDING_BUGS } from './bugs/binding.mjs';
import { EPOCHS_BUGS } from './bugs/epochs.mjs';
import { FENCE_BUGS } from './bugs/fence.mjs';
import { GOING_ON_BUGS } from './bugs/going-on.mjs';
import { MARKS_BUGS } from './bugs/marks.mjs';
import { NONCES_BUGS } from './bugs/nonces.mjs';
import { PROPOSING_BUGS } from './bugs/proposing.mjs';
import { RAFT_BUGS } from './bugs/raft.mjs';
import { STORE_BUGS } from './bugs/store.mjs';

export const MUTANTS = [
  ...MARKS_BUGS,
  ...PROPOSING_BUGS,
  ...BINDING_BUGS,
  ...NONCES_BUGS,
  ...ANSWERS_BUGS,
  ...GOING_ON_BUGS,
  ...FENCE_BUGS,
  ...EPOCHS_BUGS,
  ...RAFT_BUGS,
  ...STORE_BUGS,
];
