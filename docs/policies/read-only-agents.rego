# Agents look and do not touch, but for the one team that was trusted with more.
package behalf.read_only_agents

decision := {"decision": "allow", "policy_ids": []} if {
	input.agent == null
} else := {"decision": "allow", "policy_ids": []} if {
	input.effect == "read"
} else := {"decision": "allow", "policy_ids": []} if {
	input.agent.team == "operations"
} else := {
	"decision": "deny",
	"policy_ids": ["read-only-agents"],
	"reason": "Agents may only read here.",
}
