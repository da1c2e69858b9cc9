# Agents see records of this week only: a search has to say so, and has to mean it.
package behalf.this_week

of_this_week if {
	time.parse_rfc3339_ns(input.params.created_after) >= time.parse_rfc3339_ns(input.local.week_start)
}

decision := {"decision": "allow", "policy_ids": []} if {
	input.agent == null
} else := {"decision": "allow", "policy_ids": []} if {
	input.tool != "crm.search_records"
} else := {"decision": "allow", "policy_ids": []} if {
	of_this_week
} else := {
	"decision": "deny",
	"policy_ids": ["this-week"],
	"reason": "Ask for records that were created this week.",
}
