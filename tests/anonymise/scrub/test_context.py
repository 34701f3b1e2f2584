from gateway.anonymise.scrub.context import Context


def test_deeper_is_the_same_one_level_further_in():
    context = Context("mail", ("user",), personal=True, depth=2, written=True)
    assert context.deeper() == context._replace(depth=3)
