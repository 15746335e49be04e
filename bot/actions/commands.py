"""Commands that are a whole utterance, politeness aside: patterns line by line, under the action's name.

Tried in this order; the first that matches the whole text wins. ``STEP`` stands for the words a cook has for a step,
``WAIT`` for what may come before a protest.
"""

import re

_WAIT = "((no|wait|whoa|hey|oh|hang on|hold on)[ ,.!]+)*"
_STEP = "(step|instruction|thing|one|part|bit|stage|task)"

_COMMANDS: dict[str, str] = {
    "step_ingredients": """
(what|which)( (ingredients?|items?|things?))? (do (i|we) (need|use)|are (needed|used)|is needed|goes?|go in|should \
i (have|add|use)|will i need)( in| for| at)* (this|the current|that) step
(the )?ingredients? (for|in|of|used in) (this|the current|that) step
what do (i|we) (add|put in)( in)?( this step)?
(what|which) ingredients? (now|here)|what goes in (now|here|this step)
""",
    "ingredients": """
(what|which)('s| is| are)?( (the|all|all the|all of the|other|full list of|list of|exact))* ?(ingredients?|items|\
groceries)( list)?( .*(need|use|required|recipe|for this|for it|again|take|go|buy|are there|have|make|start|in this|\
in it|gather|get).*)?
(list|show|read|give|tell|see|hear|have|get|know|share|go over|run through|recite|name)( off| me| us| out)*( \
what)?( all| the| a| full| complete| entire| of| list| my| again)* ingredients?( (list|again|needed|please|with me|\
that i need|i need|first|required|for (this|it|me|the recipe|this recipe)))*
(the )?(full |complete |all )?(the )?(list of )?ingredients?( list| please| again| needed)?
shopping list|grocery list
what (all |else )?(do|will|would|should|am) (i|we)( going to)? (need|need to (have|buy|get|make (this|it))|buy|have \
to (buy|get)|have ready|gather)( (for|to make|to cook|to start|in order to|to (do|prepare)|to get started)( (this|\
it|that|the|these|recipe|dish|meal|make|making|cooking|start))*)?
what('s| is| goes) in (it|this|the recipe|this recipe|there)
what goes into (it|this)|what('s| is) needed|what is it made (of|from|with)
""",
    "next": """
(i('m| am) )?(all )?((ready|set|done) )?(for|with this and ready for) (the |my )?next( STEP)?
(the )?next( STEP)?( up)?( in the recipe)?
(what('s| is| comes| are|'s the| is the| was the)?|tell me|give me|show me|read( me)?|hear|see|have|get|(go|move|\
get|skip|jump|proceed|continue|come)( on| onto| ahead)?( to)?|on to|onto|need|ready for|do|try|know)( what('s| is)| \
to)?( up)?( the| my| our)? ?next( STEPs?)?( STEP)?( up| (is|be)|( that)?( (to do|i (should|need to|have to|must|\
can) do|do i do|in the recipe|of the recipe|for (this|the) recipe|for me)))*
what (do|should|can|shall|must|would) (i|we) (do |have to do |need to do |be doing )?(next|now|from here|after that|\
after this|then)
what (do|should) (i|we) need to do (next|now)
what am i supposed to do( next| now)?|what'?s up next|what happens next
where do (i|we) go from here|what now|now what|what then|then what|and then
and now|what else( do i (do|need to do))?|what('s|s| is) after( that| this)?
what comes after( that| this)?|what about (now|the next step)
(let's )?(continue|proceed|go on|go ahead|keep going|carry on|move on|moving on|move forward|go forward|forward|\
onwards?|advance|keep on going|keep it coming|continue (on|with (the|this) recipe))
skip( (this|it|that|this step|that step|this one|the step))?
i('m| am) (ready|done|finished|all set|ready to (continue|move on|go on|proceed))
done( and done)?|finished|ready|all done|all set|that's done|next please
i'?(ve)? (did|done) (that|it|this)( step)?
""",
    "back": """
(go |move |step |take me |bring me )?back( (a|one)( step)?| up)?
(go (back )?to |show me |read( me)? |repeat |hear |see )?(the )?(previous|prior)( step| one)?
go back to the (last|previous) step
what was the (previous|last|step before)( step| one| this)?
(the )?step before( that| this)?|one step back|undo( that)?
""",
    "too_soon": """
WAIT(not so fast|((that's|that was|you're|you are|going|way) )*too (fast|\
quick|quickly|soon|far|early)( for me)?|slow down|you('ve| have)? (skipped|jumped)( ahead)?( (a step|one|something|it|\
that))?|you('re| are) ahead of me)
WAIT((i('m| am)|we('re| are))? ?still )(on|doing|at|with|busy with|working \
on) the (last|previous|step before|one before)( step| one)?
WAIT((i('m| am)|it('s| is)|they('re| are)|we('re| are)|that('s| is))\
( still)? not|(it|that) isn't|they aren't|not)( quite)? (there|done|finished|ready)( with (that|it|this|the last \
(step|one)|the step before))?( yet)?
WAIT(i|we) (haven't|have not|didn't) (do|done|finish|finished|get to|got to|\
start|started)( (that|it|this|the last|the previous|that last))?( step| one)?( yet)?
WAIT(i('m| am)|we('re| are))? ?still (on|doing|at|with|busy with|working \
on) (that|it)( step| one)?
""",
    "hold": """
((wait( for me| up)?|hold on|hang on|(just )?(one|a) (sec|second|moment|minutes?)|(just )?give me (a|one) (sec|second|\
moment|minutes?)|bear with me)[ ,.!]*)+
""",
    "before": """
what (did|was|were) (i|we|you) (do|doing|say|add)( just)?( right)? before( (that|this|it))?
what (was|came|is|comes)( right)? before( (that|this|it))?
""",
    "repeat": """
(repeat|say|read|tell me|show me|give me|hear)( (it|that|this|the|this one|that one|the last|the current|this step|\
the step|that step|the last step|the instructions?))*( step)?( (again|once more|one more time|back to me))?( to \
me)?( again)?
again|once more|one more time|come again|pardon( me)?|sorry|what|huh
what was that( again| step)?|what did you (just )?say
i (missed|didn't (catch|get|hear)) (that|it|what you said)
what('s| is| was) (the |this |my |that |that last )*(current |present )?step( again)?
what step( again)?
remind me( of (the|this|that|my) step| what (i'm|i am) doing| what to do| where i was)?
what (was|am) i (supposed to do|doing)( again)?
""",
    "where": """
where (am i|are we|was i|were we)( (up to|at|in (the|this) recipe|with (the|this) recipe))?( (again|right))?
(which|what) step (am i|are we|is this|was i|were we)( (on|at|in|doing))*( (right|again|currently))?
how far (along )?(am i|are we)( along)?|what step number is this|status|progress
""",
    "remaining": """
what('s| is| else is)? (still )?(left|remaining|to go|outstanding)( to (do|make|cook))?( in (the|this) recipe)?
how many (more )?(steps?|things?)( are| do (i|we) have| have i| is)?( there)?( still)?( left| to go| remaining| \
more)+( to (do|go))?( in (the|this) recipe)?
how many more steps( are (there|left))?|how much is left( to do)?
(are|am) (we|i) (almost |nearly |about )?(done|finished|there)( yet)?
is (that|this) (it|all|everything|the (last|final) step|the end)
(the )?remaining steps|anything else( to do| left)?|what else is left
are there (any )?more steps|is there (anything else|more)( to do| left)?
""",
    "start": """
(start|begin|get (started|going|cooking)|kick off)( (it|with (it|the (recipe|cooking))|\
cooking|the recipe|this recipe|now|with (the )?(first step|\
step one|step 1)|the cooking|making (it|this)|from the (start|beginning|top)))*
(what('s| is)|tell me|give me|show me|read( me)?|go to|hear) (the |my |this recipe's )?(very )?first (step|thing)( \
(to do|i (should|need to) do|in (the|this) recipe))?
what('s| is) the recipe's first step
(what|where) (do|should|shall) (i|we) (do |start |begin )+(first|with)?
how (do|should|shall) (i|we) (start|begin|get started)
what (do|should) (i|we) (need to )?do first|what comes first
where (do|should) (i|we) (start|begin)|go|i'm ready to (start|begin|cook)
(the )?first step|start (over|again)|restart|begin again
from the (top|beginning|start)|go (back )?to the (beginning|start|top|first step)
""",
    "tools": """
(what|which)( (tools?|equipment|utensils?|gear|kitchen tools?|pots?( and pans)?|appliances?)) (do|will|should|would|\
are|am) ?(i|we)?( need(ed)?| use| required| supposed to use)*( (for|to make|in) (this|it|the recipe|this recipe|\
that))?
(the )?(list of |list the |show me the )?(tools|equipment|utensils)( list| needed)?
what equipment is needed
(do|will) i need (any|some|a)( (special|particular|extra))? (equipment|tools?|utensils?|gear)( (for|to make) (this|it))?
(is there )?any special (equipment|tools?)( (needed|required|i need))?( for (this|it))?
""",
    "total_time": """
how (long|much time) (does|will|is|would) ((the|this) (whole |entire |full )?(recipe|dish|thing|meal)|it all|the \
whole thing|everything|all of (this|it))( take| need| going to take| last)*( (to make|to cook|in total|altogether|\
overall|from start to finish))*
how long (does|will|is) (it|this)( going to)? take (in total|al(l |)together|overall|from start to finish|to make)
(the )?total time|what('s| is) the (total|prep|cook|cooking|preparation) time
how much time do (i|we) need( for (this|it|the recipe))?
""",
    "takes": """
((roughly|about|approximately) )?how long( (roughly|about|approximately))?
how (long|much time) (does|will|is|would) (it|this|that)( all)?( going to)?( take| be| need)?( \
to (make|cook|do))?
how long (do|will|would) (i|we) need
""",
    "servings": """
how many (does|do|will|would|can) (it|this|the recipe|this recipe) (serve|feed)
how many (people|servings?|portions?|persons|guests)( (does|will|can|would|do|is|are|in|from))*( (this|it|the \
recipe|that|there|i|we|that recipe|this recipe|this dish))*( (serve|feed|make|yield|for|get|have|be|good for|enough \
for|come out to))*
(what('s| is) the )?serving size
what('s| does)( (this|it|that))+ serve|how much servings does it have
""",
    "makes": """
(what('s| is) the )?yield|what does (this|it) yield
""",
    "storage": """
how (do|should|can|could|would|must) (i|we|you) (store|keep|save|refrigerate|put away)( (the|any|my|all))*( (it|this|\
leftovers?|rest|remains|leftover food|remaining \\w+))?( (properly|best|after|afterwards|later))*
how long (does|do|will|would|can|could|is|are)( (it|this|i|we|you|the|any|my|leftovers?|dish))*( (keep|last|store|save|\
stay fresh|be stored|be kept|good for|good))+( (it|this|the leftovers|leftovers|them))?( (for|in the (fridge|\
refrigerator|freezer)))*
(can|could|may) (i|we|this|it|you)( be)? (freeze|frozen|refrigerate|refrigerated|keep|kept|store|stored|save|\
saved)( (it|this|the leftovers|leftovers|the rest|in the fridge|in the freezer|for later|overnight))*
what (do|should|can) (i|we) do with (the |any )?leftovers
""",
    "all_steps": """
(show|read|list|give|tell|see|hear)( me)?( all( of)?)?( the| every)?( (whole|entire|full|complete))?( (steps|\
instructions|recipe|directions|method))( (at once|in full|again))?
(all|every)( of)?( the)? steps?
(give me )?an? (overview|summary)( of (the|this) recipe)?|overview
how many steps (are there|does (it|this|the recipe) have|in total|is it|are in (this|the) recipe)( in total| \
altogether)?
""",
    "forget_me": """
forget (about )?(me|us|everything( about me| you know)?|my data|all (my|about).*)
(delete|erase|remove|wipe|clear) ((all )?(of )?(my|our) (data|history|conversations?|messages|information|chats?|\
account|personal data)|everything( (about|you (know|have)).*)?|me)
""",
    "learn_from_me": """
you (can|may)( now)? (learn|train) (from|on) (me|us|(my|our) (conversations?|chats?|messages)|this)
(please |do )?learn from (me|us|my (conversations?|chats?)|our (conversations?|chats?)|this)
""",
    "learn_not": """
(please )?(don't|do not|never|stop) (learn|train|learning|training) (from|on) (me|us|this|(my|our) (conversations?|\
chats?|messages|data|words))( anymore| any more)?
you (can't|cannot|may not|must not) (learn|train) (from|on) (me|us|my (conversations?|chats?|messages|data))
""",
    "forget_diet": """
(forget|clear|remove|reset|drop|ignore|delete) (my |the |all )*(diets?|allerg(y|ies)|dietary (restrictions?|\
preferences?|needs))( and allerg(y|ies))?
(i'm|i am|we're) (not|no longer|not actually) (allergic( to .*)?|vegan|vegetarian|on a diet)( anymore| any more)?
i (can eat|eat) (everything|anything)( again)?
(i have )?no (allergies|dietary restrictions|diet)
""",
    "my_diet": """
what('s| is| are) my (diets?|allerg(y|ies)|dietary (restrictions?|preferences?))
what am i allergic to|what do you know about me|(show |list )?my (diet|allergies)
""",
    "resume": """
resume( (the |my )?(recipe|cooking|session|where (i|we) left off))?
(continue|pick up|carry on|go on|start) (from )?where (i|we) (left off|stopped|were)
where did (i|we) (leave off|stop)
(continue|go on with|finish) (my |the )?(last|previous|old|unfinished|paused) (recipe|dish|one)
what was i (cooking|making)( last time| yesterday)?|unpause
""",
    "stop": """
finish( (here|now|up))?|stop( (here|now|it|this|cooking|the recipe|this recipe|for (now|today)))*|quit
exit|end( (it|this|the recipe|the session|the chat|session|task))?
pause( (the recipe|here|it|for now|cooking))?|(good ?)?bye( bye)?|goodnight
good night|see (you|ya)( later| soon| tomorrow| next time)?|take care|farewell
that's (all|it|everything)( (for (now|today)|i need(ed)?))*
(i'm|i am|we're) (done|finished|through)( (cooking|for (now|today)|here|with (the|this) recipe))+
(i'll |let's |we'll )?(finish|continue|go on|come back|do the rest)( (it|this|the rest|to (it|this)|cooking))? \
(later|tomorrow|another (day|time)|next time)
(let's )?(take a break|call it a (day|night))
i (have|need) to (go|leave|stop)( now)?|gotta go|save (it|this) for later
(i )?(don't|do not) need (any )?(more|further) help
""",
    "leave_recipe": """
(cancel|abandon|close|leave|drop|forget)( (the|this|that|my|current))* (recipe|dish|task|one)
(i )?(don't|do not) (want|like) (to (make|cook) )?(this|that|the)( (recipe|dish|one|anymore))*
(choose|pick|find|try|show me|want|have|cook|make|switch to|change to)( (a |an |to ))?(another|a different|\
different|new|a new|another|some other)( recipe| dish| one)
(i )?((do|cook|make|have|try|eat|bake|prepare|switch to|change to|want|fancy|feel like)( to \
(do|cook|make|eat|have|try))? )?something (else|different)( (now|instead|please|to (cook|make|eat)))*
change (the )?recipe|(a )?(different|another|new) (recipe|dish)|cancel
""",
    "timer_list": """
how (long|much time|many minutes)( is| are)?( still)?( there)?( left| remaining| to go)+( on (it|that))?
how much longer( now)?|is (the )?time up( yet)?|time left
""",
    "help": """
help( me)?|/?help|what can (you|i) (do|say|ask)( for me)?
(list |show |what are the )?commands
how (do|does) (this|you|it|i use (this|you)) work|how (do|can) i use (this|you)
what are my options|options|menu|instructions for you
i don't know what to (do|say)
""",
    "greet": """
who (made|created|built|programmed|wrote) (you|this)|hi( there)?|hello( there)?
hey( there)?|good (morning|afternoon|evening|day)|howdy|greetings|yo|hiya
how are you( doing)?( today)?|how's it going|what's up|who are you|what are you
what's your name
are you (a )?(real|human|robot|bot|an? (ai|person|human|machine))( person)?
nice to meet you|good to (see|meet) you
""",
    "thank": """
(many )?thanks( (a lot|so much|a million|again|for (that|this|your help|the help|helping|the (tip|info)s?)))*
thank you( (so much|very much|again|for (that|this|your help|the help|helping|the (tip|info)s?)))*
cheers|much appreciated|i appreciate (it|that|your help)
you're (great|the best|awesome|amazing|very helpful)|good (bot|job)|well done
great job|love it|awesome|cool|nice|great|perfect|excellent|wonderful|amazing
fantastic|lovely|yum(my)?|delicious|sounds (good|great|delicious)
looks (good|great|delicious)
""",
    "yes": """
yes|yeah|yep|yup|sure( thing| why not)?|ok(ay)?|okey|alright|all right|right
of course|absolutely|definitely|please do|yes please|go for it|why not|do it
let's do (it|this|that)|let's go|sounds good
i (am|do|would|guess|think so|want to)|y|correct|got it|gotcha|understood|i see|k
good|fine|will do|makes sense|that works
""",
    "no": """
no|nope|nah|no thanks?( you)?|not (now|yet|really|today|that|this)|never ?mind|n
don't|no way|i don't think so|neither|none( of (them|these|those))?
no i (don't|do not)
""",
    "more_options": """
(show me |any |give me |see |have |find )?(others?|(some )?(more|other)( (options|recipes|choices|ideas|results|\
suggestions|ones|of them))+|more( options| results)?|(something )?other)
what else( (do you have|is there|have you got|can i (make|cook)))?
(i )?(don't|do not) (like|want) (any of )?(these|those|them)
none of (these|those|them)( please)?|anything else|next (ones|options|results)
neither
""",
    "surprise": """
surprise me|(you|u) (choose|decide|pick|tell me)( (for me|one|something))?
(pick|choose) (one|something|anything|any)( for me)?|anything
whatever( you (like|want|think))?|i don't (care|mind)|random( recipe)?
any( of them| one|thing is fine)?|dealer's choice|up to you|i'm feeling lucky
""",
    "suggest": """
what (can|should|could|shall|do) (i|we) (cook|make|eat|have|bake|prepare)( (today|tonight|for (dinner|lunch|\
breakfast|supper|tea|dessert)|now|this evening|this weekend|to eat))*
what's (for|good for) (dinner|lunch|breakfast|supper)
(suggest|recommend)( (me|us))?( (something|a recipe|anything|a dish|some recipes|recipes|some))?( (please|to cook|\
to make|to eat|for (dinner|lunch|breakfast|tonight)))*
(any|some) (ideas|suggestions|recommendations)( for (dinner|lunch|breakfast|tonight|dessert))?
(what|which) recipes (do you (have|know)|are there|have you got)
(show|list|see|give)( me)?( all)?( the| your| some| my)? recipes|recipes
(i'm |we're )?(so |very )?hungry|i('m| am) not sure what to (cook|make|eat)
what do you (recommend|suggest)|inspire me|what can you (offer|suggest|recommend|make)( me| us)?
(i |we )?(don't|do not) know what (to|i should|we should) (cook|make|eat|have)( (today|tonight|for dinner))*\
(,? (help( me)?|any ideas))?
help me (choose|decide)( what to (cook|make|eat))?|cook( something)?
let's cook( something)?|i (want|need|would like) (to cook|a recipe|dinner|food)
find me a recipe|a recipe
""",
}

COMMANDS: dict[str, re.Pattern[str]] = {
    name: re.compile(
        "|".join(line for line in lines.replace("STEP", _STEP).replace("WAIT", _WAIT).splitlines() if line)
    )
    for name, lines in _COMMANDS.items()
}
