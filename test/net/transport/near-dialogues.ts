/**
 * Dialogues over a wire without delay.
 */
import { MILLISECOND } from '../../../core/time.ts';
import { answerData, type Captured, everyThird, nth, sends } from './captured.ts';

export const NEAR_DIALOGUES: readonly Captured[] = [
  {
    name: 'a request, an answer, the client closes',
    dialogue: {},
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      1 > A 79 854 0 32
      1 > FA 79 854 0 32
      1 < FA 854 80 0 32
      1 > A 80 855 0 32
    `,
  },
  {
    name: 'the server closes after its answer',
    dialogue: { closes: 'server' },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      1 > A 79 854 0 32
      1 < FA 854 79 0 32
      1 > FA 79 855 0 32
      1 < A 855 80 0 32
    `,
  },
  {
    name: 'an answer that takes 5 ms',
    dialogue: { serverDelayNs: 5 * MILLISECOND },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      6 < PA 1 79 853 32
      6 > A 79 854 0 32
      6 > FA 79 854 0 32
      6 < FA 854 80 0 32
      6 > A 80 855 0 32
    `,
  },
  {
    name: 'an answer that takes 100 ms',
    dialogue: { serverDelayNs: 100 * MILLISECOND },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      101 < PA 1 79 853 32
      101 > A 79 854 0 32
      101 > FA 79 854 0 32
      101 < FA 854 80 0 32
      101 > A 80 855 0 32
    `,
  },
  {
    name: 'four requests on one connection',
    dialogue: { requests: 4 },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      3 < PA 1 79 853 32
      4 > A 79 854 0 32
      4 > PA 79 854 78 32
      4 < PA 854 157 853 32
      4 > PA 157 1707 78 32
      4 < PA 1707 235 853 32
      4 > PA 235 2560 78 32
      4 < PA 2560 313 853 32
      4 > FA 313 3413 0 32
      7 < FA 3413 314 0 32
      7 > A 314 3414 0 32
    `,
  },
  {
    name: 'three slow requests on one connection',
    dialogue: { requests: 3, serverDelayNs: 100 * MILLISECOND },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      102 < PA 1 79 853 32
      102 > A 79 854 0 32
      102 > PA 79 854 78 32
      102 < A 854 157 0 32
      210 < PA 854 157 853 32
      210 > PA 157 1707 78 32
      210 < A 1707 235 0 32
      311 < PA 1707 235 853 32
      311 > FA 235 2560 0 32
      311 < FA 2560 236 0 32
      311 > A 236 2561 0 32
    `,
  },
  {
    name: 'the SYN is lost',
    dialogue: { lost: nth(sends('>', 'S'), 0) },
    rows: `
      0 > S 0 0 0 40
      1006 > S 0 0 0 40
      1006 < SA 0 1 0 40
      1006 > A 1 1 0 32
      1006 > PA 1 1 78 32
      1006 < A 1 79 0 32
      1007 < PA 1 79 853 32
      1007 > A 79 854 0 32
      1007 > FA 79 854 0 32
      1007 < FA 854 80 0 32
      1007 > A 80 855 0 32
    `,
  },
  {
    name: 'the SYN-ACK is lost',
    dialogue: { clientDelayNs: 200_000, lost: nth(sends('<', 'SA'), 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      1005 > S 0 0 0 40
      1005 < SA 0 1 0 40
      1005 > A 1 1 0 32
      1005 < SA 0 1 0 40
      1005 > A 1 1 0 32
      1006 > PA 1 1 78 32
      1006 < A 1 79 0 32
      1006 < PA 1 79 853 32
      1006 > A 79 854 0 32
      1006 > FA 79 854 0 32
      1006 < FA 854 80 0 32
      1006 > A 80 855 0 32
    `,
  },
  {
    name: 'the request is lost',
    dialogue: { lost: nth(sends('>', 'PA'), 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      208 > PA 1 1 78 32
      208 < A 1 79 0 32
      208 < PA 1 79 853 32
      208 > A 79 854 0 32
      208 > FA 79 854 0 32
      208 < FA 854 80 0 32
      208 > A 80 855 0 32
    `,
  },
  {
    name: 'the answer is lost',
    dialogue: { lost: nth(sends('<', 'PA'), 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      206 < PA 1 79 853 32
      206 > A 79 854 0 32
      206 > FA 79 854 0 32
      210 < FA 854 80 0 32
      210 > A 80 855 0 32
    `,
  },
  {
    name: "the client's FIN is lost",
    dialogue: { lost: nth(sends('>', 'FA'), 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      1 > A 79 854 0 32
      1 > FA 79 854 0 32
      209 > FA 79 854 0 32
      209 < FA 854 80 0 32
      209 > A 80 855 0 32
    `,
  },
  {
    name: "the server's FIN is lost",
    dialogue: { lost: nth(sends('<', 'FA'), 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      1 > A 79 854 0 32
      1 > FA 79 854 0 32
      1 < FA 854 80 0 32
      207 > FA 79 854 0 32
      207 < FA 854 80 0 32
      207 > A 80 855 0 32
      207 < A 855 80 0 44
    `,
  },
  {
    name: 'the last ACK is lost',
    dialogue: { lost: nth(sends('>', 'A'), 2) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      1 > A 79 854 0 32
      1 > FA 79 854 0 32
      1 < FA 854 80 0 32
      1 > A 80 855 0 32
      206 < FA 854 80 0 32
      206 > A 80 855 0 32
    `,
  },
  {
    name: 'every third request segment is lost',
    dialogue: { requests: 8, lost: everyThird(sends('>', 'PA')) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      207 > PA 1 1 78 32
      207 < A 1 79 0 32
      207 < PA 1 79 853 32
      207 > A 79 854 0 32
      207 > PA 79 854 78 32
      207 < PA 854 157 853 32
      207 > PA 157 1707 78 32
      415 > PA 157 1707 78 32
      415 < PA 854 157 853 32
      415 > A 235 1707 0 44
      416 < PA 1707 235 853 32
      416 > A 235 2560 0 32
      416 > PA 235 2560 78 32
      416 < PA 2560 313 853 32
      416 > PA 313 3413 78 32
      623 > PA 313 3413 78 32
      623 < PA 3413 391 853 32
      623 > PA 391 4266 78 32
      624 < PA 4266 469 853 32
      624 > PA 469 5119 78 32
      831 > PA 469 5119 78 32
      831 < PA 5119 547 853 32
      831 > PA 547 5972 78 32
      831 < PA 5972 625 853 32
      832 > FA 625 6825 0 32
      832 < FA 6825 626 0 32
      832 > A 626 6826 0 32
    `,
  },
  {
    name: 'every third answer segment is lost',
    dialogue: { requests: 8, lost: everyThird(sends('<', 'PA')) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < PA 1 79 853 32
      207 < PA 1 79 853 32
      207 > A 79 854 0 32
      207 > PA 79 854 78 32
      207 < PA 854 157 853 32
      207 > PA 157 1707 78 32
      207 < PA 1707 235 853 32
      415 > PA 157 1707 78 32
      415 < PA 1707 235 853 32
      415 < A 2560 235 0 44
      415 > PA 235 2560 78 32
      415 < A 2560 313 0 32
      415 < PA 2560 313 853 32
      415 > PA 313 3413 78 32
      415 < PA 3413 391 853 32
      623 < PA 3413 391 853 32
      623 > PA 391 4266 78 32
      623 < PA 4266 469 853 32
      623 > PA 469 5119 78 32
      623 < PA 5119 547 853 32
      831 < PA 5119 547 853 32
      831 > PA 547 5972 78 32
      831 < PA 5972 625 853 32
      831 > FA 625 6825 0 32
      831 < FA 6825 626 0 32
      831 > A 626 6826 0 32
    `,
  },
  {
    name: 'the first of four data segments is lost',
    dialogue: { answerBytes: 5_000, lost: nth(answerData, 0) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < A 1 79 1448 32
      1 < A 1449 79 1448 32
      1 > A 79 1 0 44
      1 < A 2897 79 1448 32
      1 > A 79 1 0 44
      1 < PA 4345 79 656 32
      1 > A 79 1 0 44
      1 < A 1 79 1448 32
      1 > A 79 5001 0 32
      1 > FA 79 5001 0 32
      1 < FA 5001 80 0 32
      1 > A 80 5002 0 32
    `,
  },
  {
    name: 'the last of four data segments is lost',
    dialogue: { answerBytes: 5_000, lost: nth(answerData, 3) },
    rows: `
      0 > S 0 0 0 40
      0 < SA 0 1 0 40
      0 > A 1 1 0 32
      0 > PA 1 1 78 32
      0 < A 1 79 0 32
      1 < A 1 79 1448 32
      1 > A 79 1449 0 32
      1 < A 1449 79 1448 32
      1 > A 79 2897 0 32
      1 < A 2897 79 1448 32
      1 > A 79 4345 0 32
      1 < PA 4345 79 656 32
      207 < PA 4345 79 656 32
      207 > A 79 5001 0 32
      207 > FA 79 5001 0 32
      208 < FA 5001 80 0 32
      208 > A 80 5002 0 32
    `,
  },
];
