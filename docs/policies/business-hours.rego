# What changes something happens while people are at work where the organization is: Monday to Friday, 9 to 18.
package behalf.business_hours

at_work if {
	input.local.weekday <= 5
	input.local.hour >= 9
	input.local.hour < 18
}

decision := {"decision": "allow", "policy_ids": []} if {
	input.effect == "read"
} else := {"decision": "allow", "policy_ids": []} if {
	at_work
} else := {
	"decision": "deny",
	"policy_ids": ["business-hours"],
	"reason": "Changes are made from Monday to Friday, 9:00 to 18:00.",
}
