# Transfers up to 1000 go through, up to 10 000 two people approve, and beyond that nobody does.
package behalf.transfer_limit

decision := {"decision": "deny", "policy_ids": ["transfer-limit"], "reason": "Transfers end at 10 000."} if {
	input.tool == "bank.transfer"
	input.params.amount > 10000
} else := {
	"decision": "ask",
	"policy_ids": ["large-transfer"],
	"approval": {"quorum": 2, "expires_in_seconds": 86400},
} if {
	input.tool == "bank.transfer"
	input.params.amount > 1000
} else := {"decision": "allow", "policy_ids": ["small-transfer"]} if {
	input.tool == "bank.transfer"
} else := {"decision": "allow", "policy_ids": []}
