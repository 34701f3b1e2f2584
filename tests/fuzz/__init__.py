"""What damage may do to a consent string, tried on every string there is.

A TC or GPP string has no checksum: a flipped bit can make another string that is as whole as the first. So this is what
must hold, and does:

1. Nothing raises, and every text takes 5 ms and 8 MiB at most.
2. A string cut anywhere is refused, or says nothing that the whole one did not say: no grant is added, no restriction
   is lost, no opt-out ends. It may lose a segment or a GPC sub-section that the cut took away to its last character.
3. A flipped bit of a consent adds that one consent at most. In a range it adds ids of that range at most.
4. A flip of anything that tells where things are (a length, a count, a type, a version, a flag) or of anything else adds
   nothing. `COINCIDENCES` counts the flips of the tests' own strings that make another whole string.
5. In a US section an opt-out ends only by a flip of its own two bits. In the header of a GPP string a flip can name
   another section, but the sections that stay what they were say what they said.

Grants: a purpose, vendor, special feature or publisher purpose consented to or open to legitimate interest, a vendor
disclosed; in a US section, a choice that is not an opt-out, and a consent to sensitive or children's data.

`python -m tests.fuzz` tries all of it, and random texts for as long as it is told; the tests take a sample.
"""
