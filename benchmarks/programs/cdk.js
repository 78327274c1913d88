// The same groups with the AWS CDK: node cdk.js RULES.json OUTPUT_FOLDER (L1|L2|stacks)
// Plain JavaScript, so that no TypeScript is compiled; what `cdk synth` runs, without the cdk program around it.
// NODE_PATH names the folder with aws-cdk-lib and constructs.
"use strict";
const { readFileSync } = require("node:fs");
const { App, Stack } = require("aws-cdk-lib");
const ec2 = require("aws-cdk-lib/aws-ec2");

const [source, outdir, level] = process.argv.slice(2);
const landscape = JSON.parse(readFileSync(source, "utf-8"));
const app = new App({
  outdir,
  analyticsReporting: false,
  context: { "@aws-cdk/core:stackResourceLimit": 0 }, // else 500 resources are an error
});
const env = { account: landscape.account, region: landscape.region };
const stack = new Stack(app, "bench", { env });
const lists = new Map([[landscape.managed, "pl-6da54004"]]);
for (const [name, entries] of Object.entries(landscape.lists)) {
  const list = new ec2.CfnPrefixList(stack, name, {
    prefixListName: name,
    addressFamily: "IPv4",
    maxEntries: entries.length,
    entries: entries.map((cidr) => ({ cidr })),
  });
  lists.set(name, list.attrPrefixListId);
}

// The constructs that people use. Rules between groups become resources of their own, others stand in their group.
function build() {
  const vpc = ec2.Vpc.fromVpcAttributes(stack, "vpc", { vpcId: landscape.vpc, availabilityZones: ["a"] });
  const groups = new Map();
  for (const { name, aws_name, description } of landscape.groups) {
    const settings = { vpc, securityGroupName: aws_name, description, allowAllOutbound: false };
    groups.set(name, new ec2.SecurityGroup(stack, name, settings));
  }
  const peers = new Map([...lists].map(([name, id]) => [name, ec2.Peer.prefixList(id)]));
  for (const { name, rules } of landscape.groups) {
    const group = groups.get(name);
    for (const [egress, low, high, kind, peer, why] of rules) {
      const other = kind === "cidr" ? ec2.Peer.ipv4(peer) : kind === "group" ? groups.get(peer) : peers.get(peer);
      const port = low === high ? ec2.Port.tcp(low) : ec2.Port.tcpRange(low, high);
      if (egress) group.addEgressRule(other, port, why);
      else group.addIngressRule(other, port, why);
    }
  }
}

// One construct a CloudFormation resource and nothing around it.
function buildPlainly(stackOfGroup, scopeOfRule) {
  const groups = new Map();
  for (const { name, aws_name, description, rules } of landscape.groups) {
    const inline = { true: [], false: [] };
    for (const [egress, low, high, kind, peer, why] of rules) {
      const common = { ipProtocol: "tcp", fromPort: low, toPort: high, description: why };
      if (kind === "cidr") inline[egress].push({ ...common, cidrIp: peer });
      else if (kind === "list")
        inline[egress].push({ ...common, [egress ? "destinationPrefixListId" : "sourcePrefixListId"]: lists.get(peer) });
    }
    if (!inline.true.length) inline.true.push({ ipProtocol: "-1", cidrIp: "127.0.0.1/32", description: "No egress" });
    groups.set(name, new ec2.CfnSecurityGroup(stackOfGroup(), name, {
      groupName: aws_name,
      groupDescription: description,
      vpcId: landscape.vpc,
      securityGroupIngress: inline.false,
      securityGroupEgress: inline.true,
    }));
  }
  for (const { name, rules } of landscape.groups) {
    const group = groups.get(name);
    const groupId = group.attrGroupId;
    for (const [egress, low, high, kind, peer, why] of rules) {
      if (kind !== "group") continue;
      const id = `${name}${egress ? "to" : "from"}${peer}${low}`;
      const common = { groupId, ipProtocol: "tcp", fromPort: low, toPort: high, description: why };
      const other = groups.get(peer).attrGroupId;
      if (egress) new ec2.CfnSecurityGroupEgress(scopeOfRule(group), id, { ...common, destinationSecurityGroupId: other });
      else new ec2.CfnSecurityGroupIngress(scopeOfRule(group), id, { ...common, sourceSecurityGroupId: other });
    }
  }
}

// A stack after the other, each of as many constructs as CloudFormation takes.
function series(name, most) {
  let [stacks, held, current] = [0, most, undefined];
  return () => {
    if (held === most) [current, stacks, held] = [new Stack(app, `${name}${stacks + 1}`, { env }), stacks + 1, 0];
    held += 1;
    return current;
  };
}

if (level === "L2") build();
// A rule is a child of its group: the CDK overflows on 100 000 children of a stack.
else if (level === "L1") buildPlainly(() => stack, (group) => group);
// 200 outputs a stack, one for each group that rules elsewhere name; 500 resources a stack.
else buildPlainly(series("groups", 200), series("rules", 500));
app.synth();
