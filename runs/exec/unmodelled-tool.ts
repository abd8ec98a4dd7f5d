/**
 * Programs that machines and images have and the model doesn't: it is said, rather than that there is no such program.
 */

const TOOLS: ReadonlySet<string> = new Set(
  (
    'apk apt apt-get arping awk base64 bridge calicoctl chmod chown cilium crictl ctr curlie cut date dd df diff dmesg docker ' +
    'du ethtool fgrep egrep find fortio free ftp gcc gzip hey htop id ifconfig ip6tables ip6tables-save iperf ' +
    'iperf3 ipvsadm journalctl jq kill killall kubeadm kubelet less ln lsof make man mkdir more mount mtr mysql ' +
    'netperf netstat nft nginx nmap node nohup nproc nsenter openssl perl pgrep pidof ping6 pkill ps psql pwd ' +
    'python python3 readlink redis-cli route rsync scp seq service socat ssh stat strace su systemctl tar tc tcpdump tee ' +
    'telnet test time timeout top touch tr tracepath tshark ulimit umount uname uptime vi vim wall watch which who ' +
    'whoami wrk xargs yes yum zcat'
  ).split(' '),
);

export function isUnmodelledTool(name: string): boolean {
  return TOOLS.has(name.replace(/^(\/usr)?\/s?bin\//, ''));
}
