#!/usr/bin/env node
// The command line; `isobath --help` lists the commands.
import './node/cli/main.ts'
