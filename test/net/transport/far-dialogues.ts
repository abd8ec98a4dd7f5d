/**
 * Dialogues over a wire that takes 10 ms each way.
 */
import { MILLISECOND } from '../../../core/time.ts';
import { answerData, type Captured, either, everyThird, nth, sends } from './captured.ts';

/** One way on the delayed wire. */
export const FAR = 10 * MILLISECOND;

export const FAR_DIALOGUES: readonly Captured[] = [
  {
    name: 'a delayed wire: two requests',
    dialogue: { requests: 2, oneWayNs: FAR },
    rows: `
      0 > S 0 0 0 40
      21 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      42 < A 1 79 0 32
      42 < PA 1 79 853 32
      42 > A 79 854 0 32
      42 > PA 79 854 78 32
      63 < PA 854 157 853 32
      63 > FA 157 1707 0 32
      87 < FA 1707 158 0 32
      87 > A 158 1708 0 32
    `,
  },
  {
    name: 'a delayed wire: the request is lost',
    dialogue: { oneWayNs: FAR, lost: nth(sends('>', 'PA'), 0) },
    rows: `
      0 > S 0 0 0 40
      21 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      247 > PA 1 1 78 32
      268 < A 1 79 0 32
      268 < PA 1 79 853 32
      268 > A 79 854 0 32
      268 > FA 79 854 0 32
      292 < FA 854 80 0 32
      292 > A 80 855 0 32
    `,
  },
  {
    name: 'a delayed wire: the second of four data segments is lost',
    dialogue: { oneWayNs: FAR, answerBytes: 5_000, lost: nth(answerData, 1) },
    rows: `
      0 > S 0 0 0 40
      21 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      41 < A 1 79 0 32
      42 < A 1 79 1448 32
      42 > A 79 1449 0 32
      42 < A 1449 79 1448 32
      42 < A 2897 79 1448 32
      42 > A 79 1449 0 44
      42 < PA 4345 79 656 32
      42 > A 79 1449 0 44
      73 < A 1449 79 1448 32
      73 > A 79 5001 0 32
      73 > FA 79 5001 0 32
      101 < FA 5001 80 0 32
      101 > A 80 5002 0 32
    `,
  },
  {
    name: 'a delayed wire: the third of four data segments is lost',
    dialogue: { oneWayNs: FAR, answerBytes: 5_000, lost: nth(answerData, 2) },
    rows: `
      0 > S 0 0 0 40
      21 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      41 < A 1 79 0 32
      42 < A 1 79 1448 32
      42 > A 79 1449 0 32
      42 < A 1449 79 1448 32
      42 > A 79 2897 0 32
      42 < A 2897 79 1448 32
      42 < PA 4345 79 656 32
      42 > A 79 2897 0 44
      74 < A 2897 79 1448 32
      74 > A 79 5001 0 32
      74 > FA 79 5001 0 32
      96 < FA 5001 80 0 32
      96 > A 80 5002 0 32
    `,
  },
  {
    name: 'a delayed wire: the last of four data segments is lost',
    dialogue: { oneWayNs: FAR, answerBytes: 5_000, lost: nth(answerData, 3) },
    rows: `
      0 > S 0 0 0 40
      20 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      41 < A 1 79 0 32
      42 < A 1 79 1448 32
      42 > A 79 1449 0 32
      42 < A 1449 79 1448 32
      42 > A 79 2897 0 32
      42 < A 2897 79 1448 32
      42 < PA 4345 79 656 32
      42 > A 79 4345 0 32
      288 < PA 4345 79 656 32
      288 > A 79 5001 0 32
      288 > FA 79 5001 0 32
      316 < FA 5001 80 0 32
      316 > A 80 5002 0 32
    `,
  },
  {
    name: 'a delayed wire: the last two of four data segments are lost',
    dialogue: { oneWayNs: FAR, answerBytes: 5_000, lost: either(nth(answerData, 2), nth(answerData, 3)) },
    rows: `
      0 > S 0 0 0 40
      23 < SA 0 1 0 40
      23 > A 1 1 0 32
      23 > PA 1 1 78 32
      43 < A 1 79 0 32
      44 < A 1 79 1448 32
      44 > A 79 1449 0 32
      44 < A 1449 79 1448 32
      44 > A 79 2897 0 32
      44 < A 2897 79 1448 32
      44 < PA 4345 79 656 32
      111 < PA 4345 79 656 32
      111 > A 79 2897 0 44
      131 < A 2897 79 1448 32
      131 > A 79 5001 0 32
      131 > FA 79 5001 0 32
      153 < FA 5001 80 0 32
      153 > A 80 5002 0 32
    `,
  },
  {
    name: 'a delayed wire: every third request segment is lost',
    dialogue: { requests: 8, oneWayNs: FAR, lost: everyThird(sends('>', 'PA')) },
    rows: `
      0 > S 0 0 0 40
      21 < SA 0 1 0 40
      21 > A 1 1 0 32
      21 > PA 1 1 78 32
      248 > PA 1 1 78 32
      268 < A 1 79 0 32
      268 < PA 1 79 853 32
      268 > A 79 854 0 32
      268 > PA 79 854 78 32
      289 < PA 854 157 853 32
      289 > PA 157 1707 78 32
      514 < PA 854 157 853 32
      514 > A 235 1707 0 44
      516 > PA 157 1707 78 32
      536 < PA 1707 235 853 32
      536 > A 235 2560 0 32
      536 > PA 235 2560 78 32
      557 < PA 2560 313 853 32
      557 > PA 313 3413 78 32
      782 < PA 2560 313 853 32
      782 > A 391 3413 0 44
      784 > PA 313 3413 78 32
      804 < PA 3413 391 853 32
      804 > A 391 4266 0 32
      804 > PA 391 4266 78 32
      825 < PA 4266 469 853 32
      825 > PA 469 5119 78 32
      1050 < PA 4266 469 853 32
      1050 > A 547 5119 0 44
      1052 > PA 469 5119 78 32
      1072 < PA 5119 547 853 32
      1072 > A 547 5972 0 32
      1072 > PA 547 5972 78 32
      1093 < PA 5972 625 853 32
      1093 > FA 625 6825 0 32
      1118 < FA 6825 626 0 32
      1118 > A 626 6826 0 32
    `,
  },
];
