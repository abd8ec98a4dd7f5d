/**
 * Round-trip time and the retransmission timeout, as Linux estimates them: Jacobson's filter with a variance that
 * falls once per round trip only and is never below 200 ms, so that RTO = srtt + max(4 * mdev, 200 ms).
 */
import { MICROSECOND } from '../../core/time.ts';
import { RTO_MAX_NS, RTO_MIN_NS } from './tcp-profile.ts';
import type { TcpSocket } from './tcp-socket.ts';
import { inTicks } from './timer-wheel.ts';

const RTO_MIN_US = RTO_MIN_NS / MICROSECOND;

/**
 * Takes one sample, and computes the RTO anew, which also ends any back-off.
 * @param rttNs > 0
 * @see RFC 6298 section 2, net/ipv4/tcp_input.c tcp_rtt_estimator
 */
export function sampleRtt(socket: TcpSocket, rttNs: number): void {
  const rttUs = Math.max(1, Math.floor(rttNs / MICROSECOND));
  socket.minRttUs = Math.min(socket.minRttUs, rttUs);
  if (socket.srtt8Us === 0) {
    socket.srtt8Us = rttUs * 8;
    socket.mdev4Us = rttUs * 2;
    socket.rttvarUs = Math.max(socket.mdev4Us, RTO_MIN_US);
    socket.mdevMaxUs = socket.rttvarUs;
    socket.rttSequence = socket.sendNext;
  } else {
    refine(socket, rttUs);
  }
  const rtoNs = (Math.floor(socket.srtt8Us / 8) + socket.rttvarUs) * MICROSECOND;
  socket.rtoUs = Math.min(inTicks(rtoNs, socket.profile.tickNs), RTO_MAX_NS) / MICROSECOND;
}

function refine(socket: TcpSocket, rttUs: number): void {
  const error = rttUs - Math.floor(socket.srtt8Us / 8);
  socket.srtt8Us = Math.max(1, socket.srtt8Us + error);
  let change = Math.abs(error) - Math.floor(socket.mdev4Us / 4);
  // A sample below the mean raises the deviation eight times more slowly: a shorter path is no reason to wait longer.
  if (error < 0 && change > 0) change = Math.floor(change / 8);
  socket.mdev4Us += change;
  if (socket.mdev4Us > socket.mdevMaxUs) {
    socket.mdevMaxUs = socket.mdev4Us;
    socket.rttvarUs = Math.max(socket.rttvarUs, socket.mdevMaxUs);
  }
  if (socket.sendUnacknowledged > socket.rttSequence) {
    if (socket.mdevMaxUs < socket.rttvarUs) {
      socket.rttvarUs -= Math.floor((socket.rttvarUs - socket.mdevMaxUs) / 4);
    }
    socket.rttSequence = socket.sendNext;
    socket.mdevMaxUs = RTO_MIN_US;
  }
}
