import { removeCgroup } from './cgroups.ts'

// The supervisor runs it when the node has ended; the argument is the name of the cgroup.

await removeCgroup(process.argv[2] ?? '')
