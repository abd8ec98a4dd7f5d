/**
 * Status of a connection as bits, with the kernel's own values: what `conntrack -L` prints in brackets, what
 * `--ctstatus` matches, and what NAT has done to it.
 * @see include/uapi/linux/netfilter/nf_conntrack_common.h
 */
export const Status = {
  SeenReply: 1 << 1,
  /** Seen enough to be spared when the table is full. */
  Assured: 1 << 2,
  Confirmed: 1 << 3,
  SrcNat: 1 << 4,
  DstNat: 1 << 5,
  /** The source was bound, changed or not: a host that has a nat table binds every connection. */
  SrcNatDone: 1 << 7,
  DstNatDone: 1 << 8,
  Dying: 1 << 9,
  /** No packet renews the time-out. */
  FixedTimeout: 1 << 10,
  /** Lost a race at confirm and is known by its reply tuple alone. */
  NatClash: 1 << 12,
} as const;

export const NAT_MASK = Status.SrcNat | Status.DstNat;
export const NAT_DONE_MASK = Status.SrcNatDone | Status.DstNatDone;

/** Which of the two tuples a packet carries. */
export const Direction = { Original: 0, Reply: 1 } as const;
