/**
 * Round-trip time and the retransmission timeout, as Linux estimates them: Jacobson's filter with a variance that
 * falls once per round trip only and is never below 200 ms, so that RTO = srtt + max(4 * mdev, 200 ms).
 */
import { RTO_MAX_NS, RTO_MIN_NS } from './tcp-profile.ts';
import type { TcpSocket } from './tcp-socket.ts';
import { inTicks } from './timer-wheel.ts';

/**
 * Takes one sample, and computes the RTO anew, which also ends any back-off.
 * @param rttNs > 0
 * @see RFC 6298 section 2, net/ipv4/tcp_input.c tcp_rtt_estimator
 */
export function sampleRtt(socket: TcpSocket, rttNs: number): void {
  socket.minRttNs = Math.min(socket.minRttNs, rttNs);
  if (socket.srtt8Ns === 0) {
    socket.srtt8Ns = rttNs * 8;
    socket.mdev4Ns = rttNs * 2;
    socket.rttvarNs = Math.max(socket.mdev4Ns, RTO_MIN_NS);
    socket.mdevMaxNs = socket.rttvarNs;
    socket.rttSequence = socket.sendNext;
  } else {
    refine(socket, rttNs);
  }
  const rtoNs = inTicks(Math.floor(socket.srtt8Ns / 8) + socket.rttvarNs, socket.profile.tickNs);
  socket.rtoNs = Math.min(rtoNs, RTO_MAX_NS);
}

function refine(socket: TcpSocket, rttNs: number): void {
  const error = rttNs - Math.floor(socket.srtt8Ns / 8);
  socket.srtt8Ns = Math.max(1, socket.srtt8Ns + error);
  let change = Math.abs(error) - Math.floor(socket.mdev4Ns / 4);
  // A sample below the mean raises the deviation eight times more slowly: a shorter path is no reason to wait longer.
  if (error < 0 && change > 0) change = Math.floor(change / 8);
  socket.mdev4Ns += change;
  if (socket.mdev4Ns > socket.mdevMaxNs) {
    socket.mdevMaxNs = socket.mdev4Ns;
    socket.rttvarNs = Math.max(socket.rttvarNs, socket.mdevMaxNs);
  }
  if (socket.sendUnacknowledged > socket.rttSequence) {
    if (socket.mdevMaxNs < socket.rttvarNs) {
      socket.rttvarNs -= Math.floor((socket.rttvarNs - socket.mdevMaxNs) / 4);
    }
    socket.rttSequence = socket.sendNext;
    socket.mdevMaxNs = RTO_MIN_NS;
  }
}
