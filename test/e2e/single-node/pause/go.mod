module s3audit.dev/s3-audit-operator/test/e2e/single-node/pause

go 1.26
