from health import acknowledging

app_name = "health"
urlpatterns = [*acknowledging.urlpatterns]
