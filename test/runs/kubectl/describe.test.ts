/**
 * kubectl describe, as the real one prints the same objects.
 * @evidence published: What kubectl and iproute2 print
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { read, typed } from './sample.ts';

const test = suite('kubectl/describe');

// What kubectl 1.32.4 printed of the same objects, served to it by a stand-in for the API server.

test('describe pod', () => {
  assert.is(
    read('describe pod web-abc-1'),
    `Name:             web-abc-1
Namespace:        default
Service Account:  default
Node:             node1/10.0.2.15
Start Time:       Mon, 23 Nov 2026 03:00:00 +0000
Labels:           app=web
                  pod-template-hash=abc
Annotations:      a: b
                  c: d
Status:           Running
IP:               10.244.0.2
IPs:
  IP:           10.244.0.2
Controlled By:  ReplicaSet/web-abc
Containers:
  nginx:
    Container ID:  
    Image:         nginx:1.27
    Image ID:      
    Ports:         80/TCP, 9/UDP
    Host Ports:    0/TCP, 99/UDP
    Command:
      sh
      -c
      x
    Args:
      a
      b
    State:          Running
      Started:      Mon, 23 Nov 2026 03:00:00 +0000
    Last State:     Terminated
      Reason:       Error
      Exit Code:    1
      Started:      Mon, 23 Nov 2026 03:00:00 +0000
      Finished:     Mon, 23 Nov 2026 03:00:00 +0000
    Ready:          True
    Restart Count:  2
    Limits:
      cpu:  1
    Requests:
      cpu:      250m
      memory:   64Mi
    Liveness:   tcp-socket :x delay=3s timeout=1s period=10s #success=1 #failure=3
    Readiness:  http-get http://:80/ delay=0s timeout=1s period=10s #success=1 #failure=3
    Environment:
      A:     b
    Mounts:  <none>
Conditions:
  Type                        Status
  PodReadyToStartContainers   True 
  Ready                       True 
Volumes:                      <none>
QoS Class:                    Burstable
Node-Selectors:               <none>
Tolerations:                  node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
Events:
  Type    Reason     Age                From               Message
  ----    ------     ----               ----               -------
  Normal  Scheduled  60m                default-scheduler  Assigned
  Normal  Started    50m (x3 over 60m)  kubelet            Started
`,
  );
});

test('describe pod that is not on a node yet', () => {
  assert.is(
    read('describe pod bare'),
    `Name:         bare
Namespace:    default
Node:         <none>
Labels:       <none>
Annotations:  <none>
Status:       Pending
IP:           
IPs:          <none>
Containers:
  c:
    Image:        busybox
    Port:         <none>
    Host Port:    <none>
    Environment:  <none>
    Mounts:       <none>
Conditions:
  Type           Status
  PodScheduled   False 
Volumes:         <none>
QoS Class:       BestEffort
Node-Selectors:  <none>
Tolerations:     <none>
Events:          <none>
`,
  );
});

test('describe service tells each port with its endpoints', () => {
  assert.is(
    read('describe svc web'),
    `Name:                     web
Namespace:                default
Labels:                   app=web
Annotations:              <none>
Selector:                 app=web
Type:                     NodePort
IP Family Policy:         SingleStack
IP Families:              IPv4
IP:                       10.96.0.7
IPs:                      10.96.0.7
Port:                     <unset>  80/TCP
TargetPort:               80/TCP
NodePort:                 <unset>  30001/TCP
Endpoints:                10.244.0.2:80,10.244.0.3:80
Port:                     dns  53/UDP
TargetPort:               x/UDP
NodePort:                 dns  30002/UDP
Endpoints:                10.244.0.2:9,10.244.0.3:9
Session Affinity:         None
External Traffic Policy:  Cluster
Internal Traffic Policy:  Cluster
Events:                   <none>
`,
  );
});

test('describe service of type LoadBalancer and ExternalName, an empty line doubled between them', () => {
  assert.is(
    read('describe svc lb ext'),
    `Name:                        lb
Namespace:                   default
Labels:                      <none>
Annotations:                 x: y
Selector:                    <none>
Type:                        LoadBalancer
IP Family Policy:            SingleStack
IP Families:                 IPv4
IP:                          10.96.0.8
IPs:                         10.96.0.8
External IPs:                192.0.2.4
Desired LoadBalancer IP:     203.0.113.8
LoadBalancer Ingress:        203.0.113.9 (VIP)
Port:                        5678-8080  5678/TCP
TargetPort:                  8080/TCP
NodePort:                    5678-8080  30005/TCP
Endpoints:                   <none>
Session Affinity:            ClientIP
External Traffic Policy:     Local
HealthCheck NodePort:        31111
LoadBalancer Source Ranges:  10.0.0.0/8
Events:                      <none>


Name:              ext
Namespace:         default
Labels:            <none>
Annotations:       <none>
Selector:          <none>
Type:              ExternalName
IP Families:       <none>
IP:                
IPs:               <none>
External Name:     www.example.com
Session Affinity:  None
Events:            <none>
`,
  );
});

test('describe deployment and replicaset', () => {
  const deployment = read('describe deploy web').split('\n');
  assert.equal(deployment.slice(5, 15), [
    'Selector:               app=web',
    'Replicas:               2 desired | 2 updated | 2 total | 2 available | 0 unavailable',
    'StrategyType:           RollingUpdate',
    'MinReadySeconds:        0',
    'RollingUpdateStrategy:  25% max unavailable, 25% max surge',
    'Pod Template:',
    '  Labels:  app=web',
    '  Containers:',
    '   nginx:',
    '    Image:       nginx:1.27',
  ]);
  assert.equal(
    deployment.slice(-12),
    [
      '    Mounts:        <none>',
      '  Volumes:         <none>',
      '  Node-Selectors:  <none>',
      '  Tolerations:     <none>',
      'Conditions:',
      '  Type           Status  Reason',
      '  ----           ------  ------',
      '  Available      True    MinimumReplicasAvailable',
      '  Progressing    True    NewReplicaSetAvailable',
      'OldReplicaSets:  <none>',
      'NewReplicaSet:   web-abc (2/2 replicas created)',
      'Events:          <none>',
    ]
      .concat([''])
      .slice(1),
  );
  const set = read('describe rs web-abc');
  assert.match(set, '\nControlled By:  Deployment/web\nReplicas:       2 current / 2 desired\n');
  assert.match(set, '\nPods Status:    2 Running / 0 Waiting / 0 Succeeded / 0 Failed\n');
  assert.match(set, '\n  Labels:  app=web\n           pod-template-hash=abc\n');
});

test('describe endpoints and endpointslice', () => {
  assert.is(
    read('describe ep web'),
    `Name:         web
Namespace:    default
Labels:       app=web
Annotations:  <none>
Subsets:
  Addresses:          10.244.0.2,10.244.0.3
  NotReadyAddresses:  10.244.0.4
  Ports:
    Name     Port  Protocol
    ----     ----  --------
    <unset>  80    TCP
    dns      9     UDP

Events:  <none>
`,
  );
  assert.match(
    read('describe endpointslice web-x1'),
    `Endpoints:
  - Addresses:  10.244.0.2
    Conditions:
      Ready:    true
    Hostname:   <unset>
    TargetRef:  Pod/web-abc-1
    NodeName:   node1
    Zone:       a
`,
  );
});

test('describe node adds up what its pods ask for', () => {
  const text = read('describe node node1');
  assert.match(text, '\nRoles:              control-plane\n');
  assert.match(text, '\nTaints:             a=b:NoSchedule\n');
  assert.match(
    text,
    `Non-terminated Pods:          (2 in total)
  Namespace                   Name         CPU Requests  CPU Limits  Memory Requests  Memory Limits  Age
  ---------                   ----         ------------  ----------  ---------------  -------------  ---
  default                     web-abc-1    250m (12%)    1 (50%)     64Mi (3%)        0 (0%)         60m
  default                     web-abc-2    250m (12%)    1 (50%)     64Mi (3%)        0 (0%)         60m
Allocated resources:
  (Total limits may be over 100 percent, i.e., overcommitted.)
  Resource           Requests    Limits
  --------           --------    ------
  cpu                500m (25%)  2 (100%)
  memory             128Mi (6%)  0 (0%)
  ephemeral-storage  0 (0%)      0 (0%)
`,
  );
});

test('describe of what is not there', () => {
  const missing = typed('describe pod nosuch');
  assert.equal([missing.stderr, missing.exitCode], ['Error from server (NotFound): pods "nosuch" not found\n', 1]);
  assert.is(typed('describe foo').stderr, 'error: the server doesn\'t have a resource type "foo"\n');
});

test.run();
